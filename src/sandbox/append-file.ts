import type { FileHandle } from "node:fs/promises";

/** A text file that only grows, one line at a time. */
export interface AppendFile {
  /** Resolves once the line is written (a kill of the process keeps it); rejects where it was not, whole. */
  append(line: string): Promise<void>;
  /** Writes what is waiting, then closes the file. */
  close(): Promise<void>;
}

interface Waiting {
  line: string;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/**
 * Lines that come while a write is under way go out together in the next one.
 * `endsTorn`: the file's last line has no end; it is closed before anything is added.
 */
export function createAppendFile(handle: FileHandle, endsTorn: boolean): AppendFile {
  let waiting: Waiting[] = [];
  let isTorn = endsTorn;
  let writing: Promise<void> | undefined;

  async function writeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const lines = batch.map(({ line }) => `${line}\n`).join("");
      try {
        await handle.appendFile(isTorn ? `\n${lines}` : lines);
        isTorn = false;
        for (const { resolve } of batch) resolve();
      } catch (error) {
        isTorn = true;
        for (const { reject } of batch) reject(error);
      }
    }
    writing = undefined;
  }

  return {
    append(line) {
      return new Promise((resolve, reject) => {
        waiting.push({ line, resolve, reject });
        writing ??= writeWaiting();
      });
    },
    async close() {
      await writing;
      await handle.close();
    },
  };
}
