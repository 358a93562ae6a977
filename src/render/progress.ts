import type { Writable } from "node:stream";
import type { RunEvent } from "../execute/events.ts";
import type { ReplacedGraphic, RunEnd } from "../jobs/watcher.ts";
import { formatRunSummary } from "../report/summary.ts";
import { formatCount, formatDuration, plural } from "../report/units.ts";
import {
  cutToWidth,
  escapeText,
  PLAIN,
  printJson,
  type Style,
  textWidth,
  withCommands,
} from "./terminal-text.ts";

/** Somebody watching a run. Watching changes nothing: without it the results are the same. */
export interface Progress {
  show(event: RunEvent): void;
  /** After the last event; resolves when everything is drawn. */
  close(): Promise<void>;
}

/** Watches nothing (`--quiet`). */
export const SILENT: Progress = {
  show: () => {},
  close: async () => {},
};

/** `apply --json`: one event a line on stdout. */
export function ndjsonProgress(stdout: Writable): Progress {
  return {
    show: (event) => void stdout.write(`${printJson(event)}\n`),
    close: async () => {},
  };
}

/** Up to this many uploads, each has its line. */
const MOST_LINES = 200;
const SUMMARY_EVERY_MS = 5_000;

/**
 * Plain lines for pipes and CI; nothing is redrawn. A line an upload, a retry or a failure; of a large run
 * the failures, what the service warns of and, every five seconds, how far it is.
 */
export function plainProgress(stderr: Writable, style: Style): Progress {
  const summary = new PlainSummary();
  return {
    show(event) {
      const isWarned = event.event === "item.finished" && event.warning !== null;
      const isSaid = isWarned || !summary.isFolded(event);
      const lines = [isSaid ? formatEvent(event, style) : undefined, summary.take(event)];
      for (const line of lines)
        if (line !== undefined) stderr.write(`${withCommands(stderr, line)}\n`);
    },
    close: async () => {},
  };
}

/** Folds the uploads and retries of a large run into one line every few seconds, by the events' own clock. */
class PlainSummary {
  readonly #pace = new RunPace();
  #retries = 0;
  #saidAtMs = 0;

  /** Whether the event has no line of its own. */
  isFolded(event: RunEvent): boolean {
    if (this.#pace.total <= MOST_LINES) return false;
    const isUploaded = event.event === "item.finished" && event.status === "uploaded";
    return isUploaded || event.event === "item.retrying";
  }

  /** Takes an event in; gives the line that is due in its place. */
  take(event: RunEvent): string | undefined {
    const nowMs = Date.parse(event.time);
    if (event.event === "run.started") {
      this.#pace.start(event);
      this.#saidAtMs = nowMs;
    }
    if (!this.isFolded(event)) return undefined;
    if (event.event === "item.retrying") this.#retries += 1;
    else this.#pace.count(nowMs);
    const isOver = this.#pace.done >= this.#pace.total;
    if (nowMs - this.#saidAtMs < SUMMARY_EVERY_MS && !isOver) return undefined;
    this.#saidAtMs = nowMs;
    return this.#line(nowMs);
  }

  #line(nowMs: number): string {
    const { done, total } = this.#pace;
    const [perSecond, left] = this.#pace.speed(nowMs);
    const parts = [`${formatCount(done)} of ${formatCount(total)} uploaded`];
    if (perSecond) parts.push(perSecond);
    if (left) parts.push(`about ${left}`);
    if (this.#retries > 0) parts.push(`${formatCount(this.#retries)} tried again`);
    return parts.join(", ");
  }
}

const WINDOW_MS = 15_000;

/** How far a run is, and how fast over the last quarter of a minute: a brake shows soon, a hiccup hardly. */
export class RunPace {
  total = 0;
  done = 0;
  #startedAtMs = 0;
  #endsMs: number[] = [];

  start({ summary, time }: Extract<RunEvent, { event: "run.started" }>): void {
    this.total = summary.create + summary.replace;
    this.#startedAtMs = Date.parse(time);
  }

  /** One row ended. */
  count(nowMs: number): void {
    this.done += 1;
    this.total = Math.max(this.total, this.done);
    this.#endsMs.push(nowMs);
  }

  /** `3.2/s` and `9 s left`; nothing where it is too early to say, or nothing is left. */
  speed(nowMs: number): [perSecond?: string, left?: string] {
    this.#endsMs = this.#endsMs.filter((endMs) => endMs > nowMs - WINDOW_MS);
    const spanMs = Math.min(WINDOW_MS, nowMs - this.#startedAtMs);
    if (spanMs <= 0 || this.#endsMs.length === 0) return [];
    const perSecond = (this.#endsMs.length / spanMs) * 1000;
    const leftMs = ((this.total - this.done) / perSecond) * 1000;
    const said = `${perSecond.toFixed(1)}/s`;
    return leftMs > 0 ? [said, `${formatDuration(leftMs)} left`] : [said];
  }
}

type Finished = Extract<RunEvent, { event: "item.finished" }>;

const COLOR = {
  uploaded: "green",
  unchanged: "gray",
  failed: "red",
  unknown: "red",
  "not-run": "yellow",
} as const;

/** One line for an event worth one, undefined for the rest. */
export function formatEvent(event: RunEvent, style: Style): string | undefined {
  if (event.event === "item.retrying") {
    const wait = formatDuration(event.delayMs);
    return escapeText(`retrying ${event.folder}/${event.name} in ${wait}: ${event.reason}`);
  }
  if (event.event !== "item.finished" || event.status === "unchanged") return undefined;
  return formatFinished(event, style);
}

function formatFinished(event: Finished, style: Style): string {
  const what = escapeText(`${event.folder}/${event.name}`);
  const status = style(COLOR[event.status], event.status);
  if (event.status === "uploaded") {
    const warning = event.warning === null ? "" : `; Qualtrics warns: ${escapeText(event.warning)}`;
    return `${status} ${what} ${event.graphicId}${style("yellow", warning)}`;
  }
  return `${status} line ${event.line}, ${what}: ${escapeText(event.error ?? "no reason given")}`;
}

/** A row that did not get through, in one line: as much of its name and of the reason as there is room for. */
export function formatShort(event: Finished, columns: number): string {
  const whole = formatEvent(event, PLAIN) ?? "";
  if (textWidth(whole) <= columns) return whole;
  const what = escapeText(`${event.folder}/${event.name}`);
  const why = escapeText(event.error ?? "no reason given");
  const room = columns - `${event.status} : `.length;
  const half = Math.floor(room / 2);
  const forName = Math.max(half, room - textWidth(why));
  return `${event.status} ${cutToWidth(what, forName)}: ${why}`;
}

/** Old ids and new: surveys still use the old ones. */
export function formatReplaced(graphics: readonly ReplacedGraphic[]): string {
  const lines = graphics.map(
    ({ folder, name, oldId, newId }) => `  ${escapeText(`${folder}/${name}`)} ${oldId} → ${newId}`,
  );
  const hint = "change them in your surveys; `qgfx prune --replaced` deletes the old ones";
  return [`${plural(lines.length, "graphic")} replaced; ${hint}`, ...lines].join("\n");
}

/** A run's counts, how long it took, and where the results are. */
export function formatRunEnd({ summary, durationMs, areResultsWritten, results }: RunEnd): string {
  const where = areResultsWritten ? `results in ${escapeText(results)}` : "no results written";
  return `${formatRunSummary(summary)} in ${formatDuration(durationMs)}; ${where}`;
}

/** What is left to be done after a run. */
export function formatNext({ summary, rowsToRetry, retry }: RunEnd): string[] {
  const next: string[] = [];
  if (rowsToRetry > 0) {
    next.push(`${plural(rowsToRetry, "row")} to try again in ${escapeText(retry)}`);
  }
  if (summary.unknown > 0) {
    next.push(
      `${plural(summary.unknown, "upload")} got no answer: look in the library, or send again with --unknown retry (which may make duplicates)`,
    );
  }
  return next;
}
