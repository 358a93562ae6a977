import type { Writable } from "node:stream";
import { errorCode } from "../files/error-code.ts";

/**
 * Keeps what goes wrong with an output stream from ending the process: whoever watches a run does not decide how it
 * ends. The function returned waits for what was written so far, and gives the first thing that went wrong. A reader
 * that went away (`| head`) is none: what it misses, it misses.
 */
export function watchOutput(stream: Writable): () => Promise<Error | undefined> {
  let failure: Error | undefined;
  stream.on("error", (error) => {
    if (errorCode(error) !== "EPIPE") failure ??= error;
  });
  return async () => {
    // An error is told of after the write that met it.
    await new Promise<void>((resolve) => stream.write("", () => setImmediate(resolve)));
    return failure;
  };
}
