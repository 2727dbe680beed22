/**
 * The preflight: looks whether a publication from here would succeed, and says how to mend what would not. A repository, its
 * settings and ways to registries come in; findings go out. This room changes nothing anywhere; it must not know terminals.
 */
export { type Diagnosis, examine, exitOf } from "./doctor.ts";
