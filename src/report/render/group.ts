import type { Event } from "../events.ts";
import { plainRenderer } from "./plain.ts";
import type { Renderer, Write } from "./renderer.ts";

/**
 * Plain lines in GitHub's log groups, one group for each step. How a step ended stands below its group, where it is seen
 * without opening it; so do warnings, errors and tags.
 */
export function groupRenderer(write: Write, options: { readonly verbose: boolean }): Renderer {
  const plain = plainRenderer(write, options);
  let open = false;
  const close = (): void => {
    if (open) write("::endgroup::\n");
    open = false;
  };
  return {
    emit(event) {
      if (event.kind === "step" && event.state === "started") {
        close();
        write(`::group::${event.step}\n`);
        open = true;
        return;
      }
      if (standsOut(event)) close();
      plain.emit(event);
    },
    close() {
      close();
      plain.close();
    },
  };
}

function standsOut(event: Event): boolean {
  if (event.kind === "message") return event.level === "warning";
  if (event.kind === "finding") return event.finding.level !== "note";
  return event.kind === "step" || event.kind === "tag" || event.kind === "failure";
}
