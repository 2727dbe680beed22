/** Thrown for what is no tar archive, or a broken one; whoever knows the archive's name makes a Failure of it. */
export class TarError extends Error {}
