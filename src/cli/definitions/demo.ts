import { type Define, example } from "./options.ts";

/** `waybill demo`. */
export const demoCommand: Define = (waybill, edge, done) => {
  example(
    waybill
      .command("demo")
      .description("publish this checkout's examples/hello to a registry of its own, and show what happens then")
      .action(async () => done(await (await import("../commands/demo.ts")).demo({}, edge))),
    "waybill demo",
  );
};
