/** Pieces are of whole such steps, so that one fits the next need as well. */
const STEP_BYTES = 1024 * 1024 + 64 * 1024;
const MOST_KEPT = 16;

/**
 * Memory that is used again. New memory of a megabyte costs the system as much as reading a file into it, and
 * the collector goes through the whole heap for every few that are dropped.
 */
export class BufferPool {
  readonly #free: ArrayBuffer[] = [];

  /** At least `sizeBytes`, not zeros: whoever takes it sees to it that all he gives on was written. */
  take(sizeBytes: number): Buffer<ArrayBuffer> {
    const fitting = this.#free.findIndex(({ byteLength }) => byteLength >= sizeBytes);
    const [known] = fitting === -1 ? [] : this.#free.splice(fitting, 1);
    if (known) return Buffer.from(known);
    return Buffer.allocUnsafeSlow(Math.ceil(sizeBytes / STEP_BYTES) * STEP_BYTES);
  }

  giveBack(memory: ArrayBuffer): void {
    if (this.#free.length < MOST_KEPT) this.#free.push(memory);
  }
}
