/** Bytes that undo and redo keep in all; the oldest entries go first. */
const MAX_BYTES = 64 * 1024 * 1024;

/** What one action changed: a stretch of the bytes, and the ids of the rows where those changed. */
interface Entry {
  /** What undo calls it. */
  label: string;
  start: number;
  before: Uint8Array;
  after: Uint8Array;
  idsBefore: readonly number[];
  idsAfter: readonly number[];
}

/** A sheet's bytes and the ids of its rows. */
export interface Kept {
  bytes: Uint8Array;
  ids: readonly number[];
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
  push(label: string, before: Kept, after: Kept): void {
    const { start, endBefore, endAfter } = stretchBetween(before.bytes, after.bytes);
    const isOrdered = before.ids.length === after.ids.length;
    const isSame = isOrdered && before.ids.every((id, index) => id === after.ids[index]);
    this.#undone = [];
    this.#done.push({
      label,
      start,
      before: before.bytes.slice(start, endBefore),
      after: after.bytes.slice(start, endAfter),
      idsBefore: isSame ? after.ids : before.ids,
      idsAfter: after.ids,
    });
    let bytes = this.#done.reduce((sum, entry) => sum + sizeOf(entry), 0);
    while (bytes > this.#maxBytes && this.#done.length > 0) {
      const oldest = this.#done.shift();
      bytes -= oldest ? sizeOf(oldest) : 0;
    }
  }

  /** The sheet before the last action; undefined: there is none. */
  undo({ bytes }: Kept): Kept | undefined {
    const entry = this.#done.pop();
    if (!entry) return undefined;
    this.#undone.push(entry);
    const end = entry.start + entry.after.length;
    return { bytes: replaced(bytes, entry.start, end, entry.before), ids: entry.idsBefore };
  }

  /** The sheet after the action that was undone last; undefined: there is none. */
  redo({ bytes }: Kept): Kept | undefined {
    const entry = this.#undone.pop();
    if (!entry) return undefined;
    this.#done.push(entry);
    const end = entry.start + entry.before.length;
    return { bytes: replaced(bytes, entry.start, end, entry.after), ids: entry.idsAfter };
  }

  /** Forgets all. */
  clear(): void {
    this.#done = [];
    this.#undone = [];
  }
}

/** Eight bytes an id, where an action has its own. */
function sizeOf({ before, after, idsBefore, idsAfter }: Entry): number {
  const ids = idsBefore === idsAfter ? 0 : 8 * (idsBefore.length + idsAfter.length);
  return before.length + after.length + ids;
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
