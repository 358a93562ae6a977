import type { PlannedRow } from "../../plan/planned-row.ts";

/** What is read together, and what is kept that nobody has asked for yet, at most; one picture may exceed the bytes. */
export interface AheadLimits {
  batchRows: number;
  batchBytes: number;
  rows: number;
  bytes: number;
}

/**
 * Reads pictures before they are asked for, some at a time, so that an upload does not wait for the disk: rows ask
 * in the order of the uploads, each once.
 */
export class ReadAhead<Read> {
  readonly #uploads: readonly PlannedRow[];
  readonly #readAll: (uploads: readonly PlannedRow[]) => readonly Promise<Read>[];
  readonly #limits: AheadLimits;
  /** In order. No Map: those that come and go in one keep what they were alive until the whole heap is gone through. */
  readonly #ahead: { upload: PlannedRow; reading: Promise<Read> }[] = [];
  #aheadBytes = 0;
  #next = 0;

  /** Begins at once; `readAll` gives a promise for each upload. */
  constructor(
    uploads: readonly PlannedRow[],
    readAll: (uploads: readonly PlannedRow[]) => readonly Promise<Read>[],
    limits: AheadLimits,
  ) {
    this.#uploads = uploads;
    this.#readAll = readAll;
    this.#limits = limits;
    this.#fill();
  }

  /** The picture of the next upload in order. */
  take(upload: PlannedRow): Promise<Read> {
    const first = this.#ahead.shift();
    if (first?.upload !== upload)
      throw new Error(`line ${upload.row.line} was asked for out of order`);
    this.#aheadBytes -= upload.image.sizeBytes;
    this.#fill();
    return first.reading;
  }

  #fill(): void {
    while (this.#hasRoom()) this.#readNext();
  }

  #hasRoom(): boolean {
    const { rows, bytes } = this.#limits;
    const next = this.#uploads[this.#next];
    if (!next) return false;
    if (this.#ahead.length === 0) return true;
    return this.#ahead.length < rows && this.#aheadBytes + next.image.sizeBytes <= bytes;
  }

  #readNext(): void {
    const batch = this.#nextBatch();
    for (const [index, reading] of this.#readAll(batch).entries()) {
      const upload = batch[index];
      // A run that ends early never asks for it.
      reading.catch(() => {});
      if (upload) this.#ahead.push({ upload, reading });
    }
  }

  #nextBatch(): PlannedRow[] {
    const { batchRows, batchBytes } = this.#limits;
    const batch: PlannedRow[] = [];
    let batchSize = 0;
    for (;;) {
      const upload = this.#uploads[this.#next];
      const isFull =
        batch.length === batchRows || batchSize + (upload?.image.sizeBytes ?? 0) > batchBytes;
      if (!upload || (batch.length > 0 && isFull)) break;
      batch.push(upload);
      batchSize += upload.image.sizeBytes;
      this.#next += 1;
    }
    this.#aheadBytes += batchSize;
    return batch;
  }
}
