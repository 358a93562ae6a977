import { Listr, ListrLogger, ProcessOutput } from "listr2";
import type { Progress } from "./progress.ts";
import { ProgressState } from "./progress-state.ts";
import type { Style } from "./style.ts";

const REDRAW_EVERY_MS = 80;

/**
 * The live view on a terminal, drawn on stderr. listr2's own signal handler would exit the process with
 * 127, so it is off; the run alone decides when it ends.
 */
export function liveProgress(stderr: NodeJS.WriteStream, style: Style): Progress {
  const state = new ProgressState(style);
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const list = new Listr(
    [
      {
        title: "uploading",
        task: async (_context, task) => {
          const draw = () => {
            task.title = state.title();
            task.output = state.details();
          };
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
          processOutput: new ProcessOutput(stderr, stderr),
        }),
      },
    },
  );
  const drawn = list.run();
  return {
    show: (event) => state.add(event),
    async close() {
      finish();
      await drawn;
      for (const line of state.failures()) stderr.write(`${line}\n`);
    },
  };
}
