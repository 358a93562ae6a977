import type { RunEvent } from "../execute/events.ts";
import { formatCount, formatDuration } from "../report/units.ts";
import { formatEvent, PaceMeter } from "./progress.ts";
import type { Style } from "./terminal-text.ts";
import { cutToWidth, escapeText, textWidth } from "./terminal-text.ts";

type EventOf<Name> = Extract<RunEvent, { event: Name }>;

const PLAIN: Style = (_format, text) => text;
const LONGEST_BAR = 24;
const SHORTEST_BAR = 8;
const TROUBLES_SHOWN = 5;
const WAITING_SHOWN = 2;
const IN_FLIGHT_SHOWN = 6;

/** What the live view shows, folded from the events alone; every line fits the columns it is asked for. */
export class ProgressState {
  readonly #style: Style;
  readonly #pace = new PaceMeter();
  readonly #inFlight = new Map<number, string>();
  readonly #waiting = new Map<number, string>();
  readonly #troubles: string[] = [];
  readonly #kept: string[] = [];
  readonly #counts = { failed: 0, unknown: 0 };
  #isOver = false;
  #total = 0;
  #done = 0;

  constructor(style: Style) {
    this.#style = style;
  }

  /** Takes one event in. */
  add(event: RunEvent): void {
    if (event.event === "run.started") this.#start(event);
    if (event.event === "item.started") this.#send(event);
    if (event.event === "item.retrying") this.#retry(event);
    if (event.event === "item.finished") this.#finish(event);
    if (event.event === "run.finished") this.#isOver = true;
  }

  /** Takes in what the program says meanwhile, such as the answer to Ctrl-C. */
  note(text: string): void {
    this.#troubles.push(text);
    this.#kept.push(this.#style("yellow", text));
  }

  /**
   * `███░░ 12/40 · 3.2/s · 9 s left · 1 failed`, then the latest troubles, what waits to be tried again and
   * what is in flight; one a line. A narrow terminal gets the first line in two.
   */
  lines(columns: number, nowMs: number): [string, ...string[]] {
    const waiting = [...this.#waiting.values()].slice(-WAITING_SHOWN);
    const inFlight = [...this.#inFlight.values()];
    const more = inFlight.length - IN_FLIGHT_SHOWN;
    return [
      ...this.#head(columns, nowMs),
      ...this.#troubles.slice(-TROUBLES_SHOWN).map((line) => this.#fit(line, "red", columns)),
      ...waiting.map((line) => this.#fit(line, "yellow", columns)),
      ...inFlight.slice(0, IN_FLIGHT_SHOWN).map((name) => cutToWidth(`↑ ${name}`, columns)),
      ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
    ];
  }

  /** Failures, rows without an answer and notes, in full, for after the view is gone. */
  kept(): readonly string[] {
    return this.#kept;
  }

  #start({ summary, time }: EventOf<"run.started">): void {
    this.#total = summary.create + summary.replace;
    this.#pace.start(Date.parse(time));
  }

  #send({ line, folder, name }: EventOf<"item.started">): void {
    this.#waiting.delete(line);
    this.#inFlight.set(line, escapeText(`${folder}/${name}`));
  }

  #retry(event: EventOf<"item.retrying">): void {
    this.#inFlight.delete(event.line);
    this.#waiting.set(event.line, formatEvent(event, PLAIN) ?? "");
  }

  /** Rows that were never sent (unchanged, on hold, not run) are not part of the bar. */
  #finish(event: EventOf<"item.finished">): void {
    const wasInFlight = this.#inFlight.delete(event.line);
    const wasSent = this.#waiting.delete(event.line) || wasInFlight;
    if (event.status === "failed" || (wasSent && event.status === "unknown")) {
      this.#counts[event.status] += 1;
      this.#troubles.push(formatEvent(event, PLAIN) ?? "");
      this.#kept.push(formatEvent(event, this.#style) ?? "");
    }
    if (!wasSent || event.status === "not-run") return;
    this.#done += 1;
    this.#total = Math.max(this.#total, this.#done);
    this.#pace.count(Date.parse(event.time));
  }

  #fit(line: string, colour: "red" | "yellow", columns: number): string {
    return this.#style(colour, cutToWidth(line, columns));
  }

  #head(columns: number, nowMs: number): [string, ...string[]] {
    const counts = `${formatCount(this.#done)}/${formatCount(this.#total)}`;
    const bad = Object.entries(this.#counts).flatMap(([status, count]) =>
      count > 0 ? [`${formatCount(count)} ${status}`] : [],
    );
    const rest = [...this.#speed(nowMs), ...bad].join(" · ");
    const whole = rest === "" ? counts : `${counts} · ${rest}`;
    const colour = (line: string) =>
      bad.length > 0 ? line.replace(bad.join(" · "), (found) => this.#style("red", found)) : line;
    const room = columns - textWidth(whole) - 1;
    if (room >= SHORTEST_BAR || rest === "") return [colour(`${this.#bar(room)} ${whole}`)];
    const bar = this.#bar(columns - textWidth(counts) - 1);
    return [cutToWidth(`${bar} ${counts}`, columns), colour(cutToWidth(rest, columns))];
  }

  #bar(room: number): string {
    const cells = Math.max(0, Math.min(LONGEST_BAR, room));
    const share = this.#total === 0 ? 0 : this.#done / this.#total;
    const full = Math.floor(share * cells);
    return "█".repeat(full) + "░".repeat(cells - full);
  }

  #speed(nowMs: number): string[] {
    const perSecond = this.#pace.perSecond(nowMs);
    if (perSecond === undefined) return [];
    const leftMs = ((this.#total - this.#done) / perSecond) * 1000;
    const left = leftMs > 0 && !this.#isOver ? [`${formatDuration(leftMs)} left`] : [];
    return [`${perSecond.toFixed(1)}/s`, ...left];
  }
}
