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

/** How a file ended when it was opened. */
export interface FileEnd {
  /** Up to where its lines are whole; what stands behind was torn by a kill. */
  wholeBytes: number;
  isTorn: boolean;
  /** The last whole line has no line break. */
  lacksBreak: boolean;
}

/**
 * Lines that come while a write is under way go out together in the next one. What is torn, by a kill or by a
 * write that failed, is cut off before anything is added. `handle` is open for reading and appending.
 */
export function createAppendFile(handle: FileHandle, end: FileEnd): AppendFile {
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;
  let { wholeBytes, isTorn, lacksBreak } = end;

  async function write(lines: string): Promise<void> {
    if (isTorn) await handle.truncate(wholeBytes);
    isTorn = true;
    const bytes = Buffer.from(lacksBreak ? `\n${lines}` : lines);
    await handle.appendFile(bytes);
    wholeBytes += bytes.length;
    isTorn = false;
    lacksBreak = false;
  }

  async function writeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await write(batch.map(({ line }) => `${line}\n`).join(""));
        for (const { resolve } of batch) resolve();
      } catch (error) {
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
