import type { RunEvent } from "../execute/events.ts";
import { escapeText } from "./escape.ts";
import { formatEvent } from "./event-line.ts";
import type { Style } from "./style.ts";
import { formatCount, formatDuration } from "./units.ts";

const BAR_CELLS = 16;
const FAILURES_SHOWN = 5;

/** What the live view shows, folded from the events alone. */
export class ProgressState {
  readonly #style: Style;
  readonly #inFlight = new Map<number, string>();
  readonly #troubles: string[] = [];
  #total = 0;
  #done = 0;
  #failed = 0;
  #startedAtMs = 0;
  #nowMs = 0;

  constructor(style: Style) {
    this.#style = style;
  }

  /** Takes one event in. */
  add(event: RunEvent): void {
    this.#nowMs = Date.parse(event.time);
    if (event.event === "run.started") this.#start(event);
    if (event.event === "item.started")
      this.#inFlight.set(event.line, `${event.folder}/${event.name}`);
    if (event.event === "item.finished" && event.status !== "unchanged") this.#finish(event);
    const isTrouble = event.event === "item.retrying" || this.#isFailure(event);
    const line = isTrouble ? formatEvent(event, this.#style) : undefined;
    if (line !== undefined) this.#troubles.push(line);
  }

  /** `███░░ 12/40 · 3.2/s · 9 s left · 1 failed`. */
  title(): string {
    const counts = `${formatCount(this.#done)}/${formatCount(this.#total)}`;
    const failed = this.#failed > 0 ? [this.#style("red", `${this.#failed} failed`)] : [];
    return [`${this.#bar()} ${counts}`, ...this.#speed(), ...failed].join(" · ");
  }

  /** The latest troubles, then what is in flight; one a line. */
  details(): string {
    const inFlight = [...this.#inFlight.values()].map((name) => `↑ ${escapeText(name)}`);
    return [...this.#troubles.slice(-FAILURES_SHOWN), ...inFlight].join("\n");
  }

  #start({ summary, time }: Extract<RunEvent, { event: "run.started" }>): void {
    this.#total = summary.create + summary.replace;
    this.#startedAtMs = Date.parse(time);
  }

  #finish(event: Extract<RunEvent, { event: "item.finished" }>): void {
    // A held unknown never was in flight and is not part of the total.
    if (!this.#inFlight.delete(event.line) && event.status === "unknown") return;
    this.#done += 1;
    this.#total = Math.max(this.#total, this.#done);
    if (this.#isFailure(event)) this.#failed += 1;
  }

  #isFailure(event: RunEvent): boolean {
    return event.event === "item.finished" && ["failed", "unknown"].includes(event.status);
  }

  #bar(): string {
    const share = this.#total === 0 ? 0 : this.#done / this.#total;
    const full = Math.round(share * BAR_CELLS);
    return "█".repeat(full) + "░".repeat(BAR_CELLS - full);
  }

  #speed(): string[] {
    const elapsedMs = this.#nowMs - this.#startedAtMs;
    if (elapsedMs <= 0 || this.#done === 0) return [];
    const perSecond = (this.#done / elapsedMs) * 1000;
    const leftMs = ((this.#total - this.#done) / perSecond) * 1000;
    const left = leftMs > 0 ? [`${formatDuration(leftMs)} left`] : [];
    return [`${perSecond.toFixed(1)}/s`, ...left];
  }
}
