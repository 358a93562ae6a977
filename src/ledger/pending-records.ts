import type { ProgressRecord } from "./progress.ts";

const FIRST_BYTES = 256 * 1024;

/**
 * Records that wait to be taken in, as JSON in one piece of memory that is used again and again: as objects, or in
 * pieces of their own, those of a thousand uploads outlive two collections of young garbage, and then stay until
 * the whole heap is gone through.
 */
export class PendingRecords {
  #memory = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** Where each text ends. */
  #ends: number[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds `count` records, a JSON array of them. */
  add(recordsJson: string, count: number): void {
    const start = this.#ends.at(-1) ?? 0;
    const end = start + Buffer.byteLength(recordsJson);
    if (end > this.#memory.length) this.#grow(end);
    this.#memory.write(recordsJson, start);
    this.#ends.push(end);
    this.#count += count;
  }

  /** All of them, in order; none is left. */
  takeAll(): ProgressRecord[] {
    const records = this.#ends.flatMap((end, index) => {
      const text = this.#memory.toString("utf8", this.#ends[index - 1] ?? 0, end);
      // Of the run's own making: the next run, which finds them in the file, looks at them more closely.
      const own: ProgressRecord[] = JSON.parse(text);
      return own;
    });
    this.#ends = [];
    this.#count = 0;
    return records;
  }

  #grow(neededBytes: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * neededBytes);
    this.#memory.copy(larger);
    this.#memory = larger;
  }
}
