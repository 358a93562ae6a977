import { addText, HASH_START, spread } from "../manifest/text-hash.ts";

const FIRST_SLOTS = 1 << 12;

/**
 * A set of ids that may say yes to an id it does not hold, once in some thousands, and never no to one it
 * holds: 8 to 16 bytes an id, where a Set of strings takes a hundred.
 */
export class IdSieve {
  /** Hashes with open addressing, never more than half full; 0 is an empty slot. */
  #slots = new Uint32Array(FIRST_SLOTS);
  #count = 0;

  add(id: string): void {
    if (2 * this.#count >= this.#slots.length) this.#grow();
    this.#put(hashOf(id));
  }

  mayHave(id: string): boolean {
    const hash = hashOf(id);
    return this.#slots[this.#slotOf(hash)] === hash;
  }

  #put(hash: number): void {
    const slot = this.#slotOf(hash);
    if (this.#slots[slot] === hash) return;
    this.#slots[slot] = hash;
    this.#count += 1;
  }

  /** Where the hash stands, or the empty slot where it belongs. */
  #slotOf(hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0 && this.#slots[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(2 * before.length);
    this.#count = 0;
    for (const hash of before) if (hash !== 0) this.#put(hash);
  }
}

/** Never 0. */
function hashOf(id: string): number {
  return spread(addText(HASH_START, id)) || 1;
}
