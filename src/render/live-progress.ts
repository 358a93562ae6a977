import { Listr, ListrDefaultRendererLogLevels, ListrLogger, ProcessOutput } from "listr2";
import type { RunEvent } from "../execute/events.ts";
import { formatCount } from "../report/units.ts";
import { formatEvent, formatShort, type Progress, RunPace } from "./progress.ts";
import { cutToWidth, escapeText, PLAIN, type Style, textWidth, wrapFor } from "./terminal-text.ts";

const REDRAW_EVERY_MS = 100;
/** What listr2 puts before a line: an indentation and a mark. */
const MARGIN_COLUMNS = 6;
/** Of the terminal: the title, and a line for the cursor. */
const SPARE_ROWS = 3;
/** The cursor shown or hidden: no text to keep (ECMA-48 SM and RM, DECTCEM). */
const CURSOR_ONLY = /^\x1b\[\?25[hl]$/;

/**
 * The live view on a terminal, drawn on stderr. listr2's own signal handler would exit the process with
 * 127, so it is off; the run alone decides when it ends. What the program writes to stderr meanwhile would
 * tear the view: it is shown in it, and again below once it is gone.
 */
export function liveProgress(stderr: NodeJS.WriteStream, style: Style): Progress {
  const state = new ProgressState(style);
  let view: { end(): Promise<void> } | undefined;
  return {
    show(event) {
      state.add(event);
      view ??= startView(stderr, state);
    },
    async close() {
      await view?.end();
      for (const line of state.kept()) stderr.write(`${wrapFor(stderr, line)}\n`);
    },
  };
}

function startView(stderr: NodeJS.WriteStream, state: ProgressState): { end(): Promise<void> } {
  const { screen, release } = takeOver(stderr, (text) => state.note(text));
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const columns = () => Math.max(1, (stderr.columns ?? 80) - MARGIN_COLUMNS);
  const list = new Listr(
    [
      {
        // Without a title listr2 would put the lines elsewhere.
        title: state.lines(columns(), Date.now())[0],
        task: async (_context, task) => {
          const draw = () => {
            const [title, ...details] = state.lines(columns(), Date.now());
            const room = Math.max(0, (stderr.rows ?? 24) - SPARE_ROWS);
            task.title = title;
            task.output = details.slice(0, room).join("\n");
          };
          draw();
          const timer = setInterval(draw, REDRAW_EVERY_MS);
          await finished;
          clearInterval(timer);
          draw();
        },
      },
    ],
    {
      exitOnError: false,
      registerSignalListeners: false,
      rendererOptions: {
        formatOutput: "truncate",
        logger: new MarkLogger(screen, () => state.isComplete),
      },
    },
  );
  const drawn = list.run();
  return {
    async end() {
      finish();
      await drawn;
      release();
    },
  };
}

/** A run that left something undone has no check mark. */
class MarkLogger extends ListrLogger<ListrDefaultRendererLogLevels> {
  readonly #isComplete: () => boolean;

  constructor(screen: NodeJS.WriteStream, isComplete: () => boolean) {
    super({ useIcons: false, processOutput: new ProcessOutput(screen, screen) });
    this.#isComplete = isComplete;
  }

  override icon(level: ListrDefaultRendererLogLevels): string {
    const isDone = level === ListrDefaultRendererLogLevels.COMPLETED;
    return isDone && !this.#isComplete() ? "■" : super.icon(level);
  }
}

/** A stream that still reaches the terminal, while writes to `stderr` itself go to `say`. */
function takeOver(
  stderr: NodeJS.WriteStream,
  say: (text: string) => void,
): { screen: NodeJS.WriteStream; release(): void } {
  const write = stderr.write;
  const screen: NodeJS.WriteStream = Object.create(stderr, {
    write: { value: write.bind(stderr), writable: true },
    // listr2 copies what is enumerable; without them it takes 80 columns and 24 rows for granted.
    columns: { get: () => stderr.columns, enumerable: true },
    rows: { get: () => stderr.rows, enumerable: true },
  });
  stderr.write = (chunk: string | Uint8Array): boolean => {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    if (CURSOR_ONLY.test(text)) return screen.write(text);
    for (const line of text.split("\n")) if (line.trim() !== "") say(line);
    return true;
  };
  return {
    screen,
    release() {
      stderr.write = write;
    },
  };
}

type EventOf<Name> = Extract<RunEvent, { event: Name }>;

const LONGEST_BAR = 24;
const SHORTEST_BAR = 8;
const TROUBLES_SHOWN = 5;
const WAITING_SHOWN = 2;
const IN_FLIGHT_SHOWN = 6;

/** What the live view shows, folded from the events alone; every line fits the columns it is asked for. */
export class ProgressState {
  readonly #style: Style;
  readonly #pace = new RunPace();
  readonly #inFlight = new Map<number, string>();
  readonly #waiting = new Map<number, string>();
  readonly #troubles: { text: string; short?: (columns: number) => string }[] = [];
  readonly #kept: string[] = [];
  readonly #counts = { failed: 0, unknown: 0 };
  #isOver = false;
  #isComplete = true;

  constructor(style: Style) {
    this.#style = style;
  }

  /** Whether every row so far is in the library. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Takes one event in. */
  add(event: RunEvent): void {
    if (event.event === "run.started") this.#pace.start(event);
    if (event.event === "item.started") this.#send(event);
    if (event.event === "item.retrying") this.#retry(event);
    if (event.event === "item.finished") this.#finish(event);
    if (event.event === "run.finished") this.#isOver = true;
  }

  /** Takes in what the program says meanwhile, such as the answer to Ctrl-C. */
  note(text: string): void {
    this.#troubles.push({ text });
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
      ...this.#troubles
        .slice(-TROUBLES_SHOWN)
        .map(({ text, short }) => this.#fit(short?.(columns) ?? text, "red", columns)),
      ...waiting.map((line) => this.#fit(line, "yellow", columns)),
      ...inFlight.slice(0, IN_FLIGHT_SHOWN).map((name) => cutToWidth(`↑ ${name}`, columns)),
      ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
    ];
  }

  /** Failures, rows without an answer, the service's warnings and notes, in full, for after the view is gone. */
  kept(): readonly string[] {
    return this.#kept;
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
    const { status } = event;
    const bad = status === "failed" || (status === "unknown" && wasSent) ? status : undefined;
    if (bad) this.#counts[bad] += 1;
    if (bad || event.warning !== null) {
      const text = formatEvent(event, PLAIN) ?? "";
      const short = (columns: number) => formatShort(event, columns);
      this.#troubles.push(bad ? { text, short } : { text });
      this.#kept.push(formatEvent(event, this.#style) ?? "");
    }
    if (["not-run", "unknown", "failed"].includes(status)) this.#isComplete = false;
    if (!wasSent || status === "not-run") return;
    this.#pace.count(Date.parse(event.time));
  }

  #fit(line: string, color: "red" | "yellow", columns: number): string {
    return this.#style(color, cutToWidth(line, columns));
  }

  #head(columns: number, nowMs: number): [string, ...string[]] {
    const counts = `${formatCount(this.#pace.done)}/${formatCount(this.#pace.total)}`;
    const bad = Object.entries(this.#counts).flatMap(([status, count]) =>
      count > 0 ? [`${formatCount(count)} ${status}`] : [],
    );
    const speed = this.#pace.speed(nowMs).slice(0, this.#isOver ? 1 : 2);
    const rest = [...speed, ...bad].join(" · ");
    const whole = rest === "" ? counts : `${counts} · ${rest}`;
    const color = (line: string) =>
      bad.length > 0 ? line.replace(bad.join(" · "), (found) => this.#style("red", found)) : line;
    const room = columns - textWidth(whole) - 1;
    if (room >= SHORTEST_BAR || rest === "") return [color(`${this.#bar(room)} ${whole}`)];
    const bar = this.#bar(columns - textWidth(counts) - 1);
    return [cutToWidth(`${bar} ${counts}`, columns), color(cutToWidth(rest, columns))];
  }

  #bar(room: number): string {
    const cells = Math.max(0, Math.min(LONGEST_BAR, room));
    const share = this.#pace.total === 0 ? 0 : this.#pace.done / this.#pace.total;
    const full = Math.floor(share * cells);
    return "█".repeat(full) + "░".repeat(cells - full);
  }
}
