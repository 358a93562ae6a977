import { Listr, ListrLogger, ProcessOutput } from "listr2";
import type { Progress } from "./progress.ts";
import { ProgressState } from "./progress-state.ts";
import type { Style } from "./terminal-text.ts";

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
  const view = startView(stderr, state);
  return {
    show: (event) => state.add(event),
    async close() {
      await view.end();
      for (const line of state.kept()) stderr.write(`${line}\n`);
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
        logger: new ListrLogger({
          useIcons: false,
          processOutput: new ProcessOutput(screen, screen),
        }),
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
