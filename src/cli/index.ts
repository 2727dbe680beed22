/**
 * The command line, for the program and for the GitHub Action: arguments come in, the exit code goes out. Nothing else
 * of this room is used from outside.
 */
export { main } from "./main.ts";
