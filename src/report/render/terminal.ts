import { createLogUpdate } from "log-update";
import pc from "picocolors";
import type { Event, Step } from "../events.ts";
import { formatBytes, formatMs } from "../units.ts";
import { eventLines, harmless } from "./lines.ts";
import type { Renderer } from "./renderer.ts";
import { type Moving, type Transfers, transfers } from "./transfers.ts";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 80;
const barWidth = 24;
/** The most transfers that are shown at once. */
const rows = 6;

interface Running {
  readonly step: Step;
  readonly since: number;
  /** What the engine is at. */
  readonly work: string | undefined;
}

/** Lines that stay for what is done; below them a moving part for what goes on: the step, the build, a bar for each transfer. */
export function terminalRenderer(stream: NodeJS.WriteStream, options: { readonly verbose: boolean; readonly color: boolean }): Renderer {
  const colors = pc.createColors(options.color);
  const live = createLogUpdate(stream, { showCursor: true });
  const moving = transfers();
  let running: Running | undefined;
  let frame = 0;
  const draw = (): void => {
    if (running === undefined) return;
    frame = (frame + 1) % frames.length;
    const head = `${colors.cyan(frames[frame] ?? "")} ${running.step.padEnd(8)} ${running.work ?? ""} ${colors.dim(formatMs(performance.now() - running.since))}`;
    live([head, ...bars(moving, colors)].join("\n"));
  };
  const timer = setInterval(draw, frameMs);
  timer.unref();
  return {
    emit(event) {
      moving.hear(event);
      running = after(running, event);
      if (event.kind === "step" && event.state !== "started") live.clear();
      const lines = eventLines(event, options.verbose);
      if (lines.length === 0) return;
      live.clear();
      stream.write(`${lines.map((line) => paint(event, line, colors)).join("\n")}\n`);
      draw();
    },
    close() {
      clearInterval(timer);
      live.clear();
      live.done();
    },
  };
}

function after(running: Running | undefined, event: Event): Running | undefined {
  if (event.kind === "step") return event.state === "started" ? { step: event.step, since: performance.now(), work: undefined } : undefined;
  if (event.kind === "build" && event.state === "started" && running !== undefined) return { ...running, work: harmless(event.name) };
  return running;
}

type Colors = ReturnType<typeof pc.createColors>;

function bars(moving: Transfers, colors: Colors): readonly string[] {
  const active = moving.active();
  const more = active.length - rows;
  return [...active.slice(0, rows).map((one) => bar(one, colors)), ...(more > 0 ? [colors.dim(`  and ${more} more`)] : [])];
}

function bar({ to, digest, size, bytes }: Moving, colors: Colors): string {
  const share = size === 0 ? 1 : Math.min(1, bytes / size);
  const full = Math.round(share * barWidth);
  const drawn = `${colors.green("━".repeat(full))}${colors.dim("━".repeat(barWidth - full))}`;
  return `  ${drawn} ${formatBytes(bytes)} of ${formatBytes(size)} ${colors.dim(`${digest.slice(0, 19)} to ${to}`)}`;
}

function paint(event: Event, line: string, colors: Colors): string {
  if (event.kind === "step") {
    const mark = event.state === "failed" ? colors.red("✖") : colors.green("✔");
    return `${mark} ${line}`;
  }
  if (line.startsWith("warning:")) return colors.yellow(line);
  if (line.startsWith("error:")) return colors.red(line);
  return line.startsWith("  ") ? colors.dim(line) : line;
}
