import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Image } from "../manifest/image.ts";
import type { FileStamp } from "../manifest/known-image.ts";
import { type ImageLimits, type RealDirs, realDirsOf } from "./picture-place.ts";

/** What a thread is started with. */
export interface PictureThreadData {
  dirs: RealDirs;
  maxBytes: number;
}

/** A file whose bytes are wanted, and how many they were. */
export interface ExpectedFile {
  path: string;
  bytes: number;
}

/** Files to look into, or files whose bytes are wanted. */
export type PictureQuestion =
  | { id: number; look: readonly string[] }
  | { id: number; read: readonly ExpectedFile[] }
  | MemoryBack;

/** Memory that pictures were read into and that nobody needs any more. */
interface MemoryBack {
  memory: ArrayBuffer;
}

/** What a file is, and the stamp by which it can be known again, if it has one. */
export interface SeenPicture {
  image: Image;
  stamp: FileStamp | undefined;
}

/** A file's own bytes, with free memory around them in the same buffer, and the stamp it bore. */
export interface ReadBytes {
  stamp: FileStamp;
  /** Lower-case hex. */
  sha256: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** How much memory before and after `bytes` is free. */
  room: { beforeBytes: number; afterBytes: number };
}

/** What each file is or holds; undefined where `readPicture` must say what is wrong with it. */
export type PictureReply =
  | { id: number; seen: (SeenPicture | undefined)[] }
  | { id: number; read: (ReadBytes | undefined)[] };

/** Undefined where the thread died. */
type Answer = PictureReply | undefined;

/** A question without the number it will get. */
type Question = { look: readonly string[] } | { read: readonly ExpectedFile[] };

const MOST_THREADS = 4;
const WORKER = new URL("./picture-worker.js", import.meta.url);

/**
 * Threads that read, check and hash pictures: each file costs them one hop, where asynchronous calls cost the
 * main thread five. A thread that dies answers "undefined" to all that it is asked.
 */
export class PictureThreads {
  readonly #threads: Worker[];
  /** In the order of their numbers; few. */
  readonly #waiting: { id: number; resolve: (answer: Answer) => void }[] = [];
  #nextId = 0;
  #isDead = false;

  private constructor(threads: Worker[]) {
    this.#threads = threads;
    for (const thread of threads) {
      thread.unref();
      thread.on("message", (reply: PictureReply) => this.#settle(reply.id, reply));
      thread.on("error", () => this.#die());
    }
  }

  /** Undefined where the program runs from its sources, which threads of Node 20 do not take. */
  static async open(limits: ImageLimits, most = MOST_THREADS): Promise<PictureThreads | undefined> {
    if (!existsSync(WORKER)) return undefined;
    const workerData: PictureThreadData = {
      dirs: await realDirsOf(limits),
      maxBytes: limits.maxBytes,
    };
    const count = Math.min(most, availableParallelism());
    return new PictureThreads(
      Array.from({ length: count }, () => new Worker(WORKER, { workerData })),
    );
  }

  get size(): number {
    return this.#threads.length;
  }

  /** What each file is; undefined where something is wrong with it. */
  async inspect(paths: readonly string[]): Promise<(SeenPicture | undefined)[]> {
    const answer = await this.#ask({ look: paths });
    return answer && "seen" in answer ? answer.seen : [];
  }

  /** What each file holds; undefined where something is wrong with it or its size is another. */
  async read(files: readonly ExpectedFile[]): Promise<(ReadBytes | undefined)[]> {
    const answer = await this.#ask({ read: files });
    return answer && "read" in answer ? answer.read : [];
  }

  /** Gives back what files were read into, for others; no view of it may be used again. */
  giveBack(memory: ArrayBuffer): void {
    if (this.#isDead) return;
    this.#threads[0]?.postMessage({ memory } satisfies MemoryBack, [memory]);
  }

  async close(): Promise<void> {
    this.#die();
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #ask(question: Question): Promise<Answer> {
    return new Promise((resolve) => {
      const id = this.#nextId++;
      const thread = this.#threads[id % this.#threads.length];
      if (!thread || this.#isDead) return resolve(undefined);
      this.#waiting.push({ id, resolve });
      if (this.#waiting.length === 1) this.#hold(true);
      thread.postMessage({ id, ...question } satisfies PictureQuestion);
    });
  }

  #settle(id: number, answer: Answer): void {
    const index = this.#waiting.findIndex((one) => one.id === id);
    const [asked] = index === -1 ? [] : this.#waiting.splice(index, 1);
    asked?.resolve(answer);
    if (this.#waiting.length === 0) this.#hold(false);
  }

  /** Whether the process waits for the threads: only while they have something to say. */
  #hold(isHeld: boolean): void {
    for (const thread of this.#threads) {
      if (isHeld) thread.ref();
      else thread.unref();
    }
  }

  #die(): void {
    this.#isDead = true;
    for (const { id } of [...this.#waiting]) this.#settle(id, undefined);
  }
}
