import type { SheetState } from "./sheet-state.ts";

/** Bytes that undo and redo keep in all; the oldest entries go first. */
const MAX_BYTES = 64 * 1024 * 1024;

/** About what a row takes that two states do not share, in bytes. */
const ROW_BYTES = 600;

/** A state but for its bytes: what was read of them is not read again. */
type Read = Omit<SheetState, "bytes">;

/** What one action changed: a stretch of the bytes, and what is read of them before and after it. */
interface Entry {
  /** What undo calls it. */
  label: string;
  start: number;
  bytesBefore: Uint8Array;
  bytesAfter: Uint8Array;
  before: Read;
  after: Read;
  sizeBytes: number;
}

/** Remembers actions as what they changed, within a bound of memory. */
export class UndoStack {
  readonly #maxBytes: number;
  #done: Entry[] = [];
  #undone: Entry[] = [];

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Labels of what undo and redo would do; null: nothing. */
  get undoLabel(): string | null {
    return this.#done.at(-1)?.label ?? null;
  }
  get redoLabel(): string | null {
    return this.#undone.at(-1)?.label ?? null;
  }

  /** Remembers an action; what was undone before it is gone. */
  push(
    label: string,
    { bytes, ...before }: SheetState,
    { bytes: now, ...after }: SheetState,
  ): void {
    const { start, endBefore, endAfter } = stretchBetween(bytes, now);
    const [bytesBefore, bytesAfter] = [bytes.slice(start, endBefore), now.slice(start, endAfter)];
    const sizeBytes = bytesBefore.length + bytesAfter.length + sizeBetween(before, after);
    this.#undone = [];
    this.#done.push({ label, start, bytesBefore, bytesAfter, before, after, sizeBytes });
    let total = this.#done.reduce((sum, entry) => sum + entry.sizeBytes, 0);
    while (total > this.#maxBytes) total -= this.#done.shift()?.sizeBytes ?? total;
  }

  /** The sheet before the last action; undefined: there is none. */
  undo({ bytes }: SheetState): SheetState | undefined {
    const entry = this.#done.pop();
    if (!entry) return undefined;
    this.#undone.push(entry);
    const { start, bytesAfter, bytesBefore, before } = entry;
    return { ...before, bytes: replaced(bytes, start, start + bytesAfter.length, bytesBefore) };
  }

  /** The sheet after the action that was undone last; undefined: there is none. */
  redo({ bytes }: SheetState): SheetState | undefined {
    const entry = this.#undone.pop();
    if (!entry) return undefined;
    this.#done.push(entry);
    const { start, bytesAfter, bytesBefore, after } = entry;
    return { ...after, bytes: replaced(bytes, start, start + bytesBefore.length, bytesAfter) };
  }

  /** Gives what puts all back as it is now. */
  mark(): () => void {
    const [done, undone] = [[...this.#done], [...this.#undone]];
    return () => {
      this.#done = done;
      this.#undone = undone;
    };
  }

  clear(): void {
    this.#done = [];
    this.#undone = [];
  }
}

/** What keeping both states takes besides the bytes: lists, and rows that only one of them has. */
function sizeBetween(before: Read, after: Read): number {
  const known = new Set(before.manifest?.rows);
  const own = after.manifest?.rows.filter((row) => !known.has(row)).length ?? 0;
  return own * ROW_BYTES + 16 * (before.ids.length + after.ids.length);
}

function stretchBetween(
  a: Uint8Array,
  b: Uint8Array,
): { start: number; endBefore: number; endAfter: number } {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let tail = 0;
  while (tail < most - start && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  return { start, endBefore: a.length - tail, endAfter: b.length - tail };
}

function replaced(bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]);
}
