import type { Writable } from "node:stream";
import type { RunEvent } from "../execute/events.ts";
import { formatCount, formatDuration } from "../report/units.ts";
import type { Style } from "./terminal-text.ts";
import { escapeText } from "./terminal-text.ts";

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
    show: (event) => void stdout.write(`${JSON.stringify(event)}\n`),
    close: async () => {},
  };
}

/** Up to this many uploads, each has its line. */
const MOST_LINES = 200;
const SUMMARY_EVERY_MS = 5_000;

/**
 * Plain lines for pipes and CI; nothing is redrawn. A line an upload, a retry or a failure; of a large run
 * the failures and, every five seconds, how far it is.
 */
export function plainProgress(stderr: Writable, style: Style): Progress {
  const summary = new PlainSummary();
  return {
    show(event) {
      const line =
        summary.take(event) ?? (summary.isFolded(event) ? undefined : formatEvent(event, style));
      if (line !== undefined) stderr.write(`${line}\n`);
    },
    close: async () => {},
  };
}

/** Folds the uploads and retries of a large run into one line every few seconds, by the events' own clock. */
class PlainSummary {
  readonly #pace = new PaceMeter();
  #total = 0;
  #done = 0;
  #retries = 0;
  #saidAtMs = 0;

  /** Whether the event has no line of its own. */
  isFolded(event: RunEvent): boolean {
    if (this.#total <= MOST_LINES) return false;
    const isUploaded = event.event === "item.finished" && event.status === "uploaded";
    return isUploaded || event.event === "item.retrying";
  }

  /** Takes an event in; gives the line that is due in its place. */
  take(event: RunEvent): string | undefined {
    const nowMs = Date.parse(event.time);
    if (event.event === "run.started") this.#start(event, nowMs);
    if (!this.isFolded(event)) return undefined;
    if (event.event === "item.retrying") this.#retries += 1;
    else this.#count(nowMs);
    if (nowMs - this.#saidAtMs < SUMMARY_EVERY_MS && this.#done < this.#total) return undefined;
    this.#saidAtMs = nowMs;
    return this.#line(nowMs);
  }

  #start({ summary }: Extract<RunEvent, { event: "run.started" }>, nowMs: number): void {
    this.#total = summary.create + summary.replace;
    this.#pace.start(nowMs);
    this.#saidAtMs = nowMs;
  }

  #count(nowMs: number): void {
    this.#done += 1;
    this.#pace.count(nowMs);
  }

  #line(nowMs: number): string {
    const perSecond = this.#pace.perSecond(nowMs);
    const parts = [`${formatCount(this.#done)} of ${formatCount(this.#total)} uploaded`];
    if (perSecond !== undefined) {
      const leftMs = ((this.#total - this.#done) / perSecond) * 1000;
      parts.push(`${perSecond.toFixed(1)}/s`);
      if (leftMs > 0) parts.push(`about ${formatDuration(leftMs)} left`);
    }
    if (this.#retries > 0) parts.push(`${formatCount(this.#retries)} tried again`);
    return parts.join(", ");
  }
}

const WINDOW_MS = 15_000;

/** How fast rows end, over the last quarter of a minute: a brake shows soon, a hiccup hardly. */
export class PaceMeter {
  #startedAtMs = 0;
  #endsMs: number[] = [];

  start(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  /** One row ended. */
  count(nowMs: number): void {
    this.#endsMs.push(nowMs);
  }

  /** Rows a second; undefined where it is too early to say. */
  perSecond(nowMs: number): number | undefined {
    const firstMs = nowMs - WINDOW_MS;
    const old = this.#endsMs.findIndex((endMs) => endMs > firstMs);
    this.#endsMs = old < 0 ? [] : this.#endsMs.slice(old);
    const spanMs = Math.min(WINDOW_MS, nowMs - this.#startedAtMs);
    if (spanMs <= 0 || this.#endsMs.length === 0) return undefined;
    return (this.#endsMs.length / spanMs) * 1000;
  }
}

type Finished = Extract<RunEvent, { event: "item.finished" }>;

const COLOUR = {
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
  const status = style(COLOUR[event.status], event.status);
  if (event.status === "uploaded") return `${status} ${what} ${event.graphicId}`;
  return `${status} line ${event.line}, ${what}: ${escapeText(event.error ?? "no reason given")}`;
}
