/** Publishes, and kills itself after so many events: `node killed.ts REPO DESTINATION EVENTS`. */
import { publish } from "./support.ts";

const [repo = "", to = "", events = "0"] = process.argv.slice(2);
let count = 0;
const report = await publish({
  repo,
  to: to.split(","),
  emit: () => {
    count += 1;
    if (count === Number(events)) process.kill(process.pid, "SIGKILL");
  },
});
process.exitCode = report.exitCode;
