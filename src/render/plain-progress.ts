import type { Writable } from "node:stream";
import { formatEvent } from "./event-line.ts";
import type { Progress } from "./progress.ts";
import type { Style } from "./style.ts";

/** Plain lines for pipes and CI: a line an upload, a retry or a failure; nothing is redrawn. */
export function plainProgress(stderr: Writable, style: Style): Progress {
  return {
    show(event) {
      const line = formatEvent(event, style);
      if (line !== undefined) stderr.write(`${line}\n`);
    },
    close: async () => {},
  };
}
