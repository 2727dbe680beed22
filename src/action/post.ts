/** The action's post step, which runs whatever became of the main one: it speaks only where that was stopped. */
import { writeSync } from "node:fs";
import { farewell } from "./farewell.ts";
import { stateOf } from "./state.ts";

for (const line of farewell(stateOf(process.env), process.env["GITHUB_SHA"])) writeSync(1, `${line}\n`);
