import { Buffer } from "node:buffer";
import { addBytes, HASH_START, spread } from "../manifest/text-hash.ts";
import type { Outcome } from "./outcome.ts";

type Uploaded = Extract<Outcome, { status: "uploaded" }>;

const FIRST_ID_BYTES = 4_096;
const FIRST_SLOTS = 256;
const MOST_ID_BYTES = 255;
const EMPTY = -1;

/** Every row's outcome until it has one of its own. */
export const UNTRIED: Outcome = { status: "not-run", error: "not run" };

/**
 * The outcomes of a run, by the rows' indexes, in some 40 bytes a row: a run may have a million, and an object
 * each with its texts takes five times that. What was uploaded is kept as bytes and numbers, where its URL ends
 * in its id and begins as the others do; anything else as it is.
 */
export class OutcomeStore {
  readonly #others = new Map<number, Outcome>();
  readonly #otherIds = new Set<string>();
  readonly #idStarts: Float64Array;
  /** 0: no uploaded row kept here. */
  readonly #idLengths: Uint8Array;
  readonly #uploadedAtMs: Float64Array;
  #idBytes = Buffer.alloc(FIRST_ID_BYTES);
  #usedBytes = 0;
  #urlStart: string | undefined;
  /** Rows by the hash of their id, with open addressing, never more than half full. */
  #slots = new Int32Array(FIRST_SLOTS).fill(EMPTY);
  #count = 0;

  constructor(rows: number) {
    this.#idStarts = new Float64Array(rows);
    this.#idLengths = new Uint8Array(rows);
    this.#uploadedAtMs = new Float64Array(rows);
  }

  /** Each row is set once. */
  set(index: number, outcome: Outcome): void {
    if (outcome.status === "uploaded" && this.#keep(index, outcome)) return;
    this.#others.set(index, outcome);
    if (outcome.status === "uploaded") this.#otherIds.add(outcome.graphicId);
  }

  get(index: number): Outcome {
    return this.#others.get(index) ?? this.#uploaded(index) ?? UNTRIED;
  }

  /** Whether a row has this graphic id. */
  hasId(graphicId: string): boolean {
    if (this.#otherIds.has(graphicId)) return true;
    return this.#slots[this.#slotOf(Buffer.from(graphicId))] !== EMPTY;
  }

  toArray(): Outcome[] {
    return Array.from(this.#idLengths, (_, index) => this.get(index));
  }

  /** False where the outcome has another form. */
  #keep(index: number, { graphicId, url, uploadedAt }: Uploaded): boolean {
    const id = Buffer.from(graphicId);
    const uploadedAtMs = Date.parse(uploadedAt);
    this.#urlStart ??= url.slice(0, url.length - graphicId.length);
    if (url !== this.#urlStart + graphicId || id.length === 0 || id.length > MOST_ID_BYTES)
      return false;
    if (Number.isNaN(uploadedAtMs) || new Date(uploadedAtMs).toISOString() !== uploadedAt)
      return false;
    this.#idStarts[index] = this.#append(id);
    this.#idLengths[index] = id.length;
    this.#uploadedAtMs[index] = uploadedAtMs;
    this.#index(index, id);
    return true;
  }

  #uploaded(index: number): Uploaded | undefined {
    if (!this.#idLengths[index]) return undefined;
    const graphicId = this.#idOf(index).toString();
    const uploadedAt = new Date(this.#uploadedAtMs[index] ?? 0).toISOString();
    return { status: "uploaded", graphicId, url: `${this.#urlStart}${graphicId}`, uploadedAt };
  }

  #idOf(index: number): Buffer {
    const start = this.#idStarts[index] ?? 0;
    return this.#idBytes.subarray(start, start + (this.#idLengths[index] ?? 0));
  }

  /** Returns where the id starts. */
  #append(id: Buffer): number {
    const start = this.#usedBytes;
    this.#usedBytes += id.length;
    if (this.#usedBytes > this.#idBytes.length) {
      const larger = Buffer.alloc(2 * this.#idBytes.length);
      this.#idBytes.copy(larger);
      this.#idBytes = larger;
    }
    this.#idBytes.set(id, start);
    return start;
  }

  #index(index: number, id: Buffer): void {
    if (2 * this.#count >= this.#slots.length) this.#grow();
    this.#slots[this.#slotOf(id)] = index;
    this.#count += 1;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(2 * before.length).fill(EMPTY);
    for (const index of before) {
      if (index !== EMPTY) this.#slots[this.#slotOf(this.#idOf(index))] = index;
    }
  }

  /** Where the id stands, or the empty slot where it belongs. */
  #slotOf(id: Buffer): number {
    const mask = this.#slots.length - 1;
    let slot = spread(addBytes(HASH_START, id)) & mask;
    for (;;) {
      const index = this.#slots[slot] ?? EMPTY;
      if (index === EMPTY || this.#idOf(index).equals(id)) return slot;
      slot = (slot + 1) & mask;
    }
  }
}
