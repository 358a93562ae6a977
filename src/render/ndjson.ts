import type { Writable } from "node:stream";
import type { Progress } from "./progress.ts";

/** `apply --json`: one event a line on stdout. */
export function ndjsonProgress(stdout: Writable): Progress {
  return {
    show: (event) => void stdout.write(`${JSON.stringify(event)}\n`),
    close: async () => {},
  };
}
