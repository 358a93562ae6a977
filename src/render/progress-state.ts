import type { RunEvent } from "../execute/events.ts";
import { formatCount, formatDuration } from "../report/units.ts";
import { escapeText } from "./escape.ts";
import { formatEvent } from "./event-line.ts";
import type { Style } from "./style.ts";

const BAR_CELLS = 16;
const FAILURES_SHOWN = 5;

/** What the live view shows, folded from the events alone. */
export class ProgressState {
  readonly #style: Style;
  readonly #inFlight = new Map<number, string>();
  readonly #troubles: string[] = [];
  readonly #failures: string[] = [];
  readonly #counts = { failed: 0, unknown: 0 };
  #total = 0;
  #done = 0;
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
    if (event.event === "item.retrying") this.#note(this.#troubles, event);
    if (event.event === "item.finished") this.#finish(event);
  }

  /** `███░░ 12/40 · 3.2/s · 9 s left · 1 failed`. */
  title(): string {
    const counts = `${formatCount(this.#done)}/${formatCount(this.#total)}`;
    return [`${this.#bar()} ${counts}`, ...this.#speed(), ...this.#bad()].join(" · ");
  }

  /** The latest troubles, then what is in flight; one a line. */
  details(): string {
    const inFlight = [...this.#inFlight.values()].map((name) => `↑ ${escapeText(name)}`);
    return [...this.#troubles.slice(-FAILURES_SHOWN), ...inFlight].join("\n");
  }

  /** Every row that failed or got no answer, in full, for after the view is gone. */
  failures(): readonly string[] {
    return this.#failures;
  }

  #start({ summary, time }: Extract<RunEvent, { event: "run.started" }>): void {
    this.#total = summary.create + summary.replace;
    this.#startedAtMs = Date.parse(time);
  }

  /** Rows that were never in flight (unchanged, on hold, not run) are not part of the bar. */
  #finish(event: Extract<RunEvent, { event: "item.finished" }>): void {
    const wasSent = this.#inFlight.delete(event.line);
    if (event.status === "failed" || (wasSent && event.status === "unknown")) {
      this.#counts[event.status] += 1;
      this.#note(this.#failures, event);
      this.#note(this.#troubles, event);
    }
    if (!wasSent || event.status === "not-run") return;
    this.#done += 1;
    this.#total = Math.max(this.#total, this.#done);
  }

  #note(list: string[], event: RunEvent): void {
    const line = formatEvent(event, this.#style);
    if (line !== undefined) list.push(line);
  }

  #bad(): string[] {
    const counts = Object.entries(this.#counts).filter(([, count]) => count > 0);
    return counts.map(([status, count]) => this.#style("red", `${count} ${status}`));
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
