/** What makes two entries of a list the same. */
export interface Likeness<Key> {
  /** A whole number from 0, the same for entries that are the same. */
  hashOf(entry: Key): number;
  isSame(one: Key, other: Key): boolean;
}

/**
 * Where in a list each entry stands: a hash table with open addressing, of 16 to 32 bytes an entry. A Map takes
 * several times as much while it grows, and a million rows are held beside it.
 */
export class ListIndex<Key, Listed extends Key> {
  readonly #list: readonly Listed[];
  readonly #likeness: Likeness<Key>;
  /** One more than the index in the list; 0: free. At least half of them are. */
  readonly #slots: Uint32Array;
  /** Of the entry in each slot: most others are told by it, without a look at their texts. */
  readonly #hashes: Uint32Array;

  /** An entry of the list counts once it is added. */
  constructor(list: readonly Listed[], likeness: Likeness<Key>) {
    const size = 2 ** Math.ceil(Math.log2(2 * list.length + 2));
    this.#list = list;
    this.#likeness = likeness;
    this.#slots = new Uint32Array(size);
    this.#hashes = new Uint32Array(size);
  }

  /** Adds the entry at `index`; where one that is the same was added before, gives that and adds nothing. */
  add(index: number): Listed | undefined {
    const entry = this.#list[index];
    if (entry === undefined) throw new RangeError(`the list has no entry ${index}`);
    const hash = this.#likeness.hashOf(entry);
    const slot = this.#slotOf(entry, hash);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return this.#list[known - 1];
    this.#slots[slot] = index + 1;
    this.#hashes[slot] = hash;
    return undefined;
  }

  /** The index of the entry that is the same. */
  find(key: Key): number | undefined {
    const known = this.#slots[this.#slotOf(key, this.#likeness.hashOf(key))] ?? 0;
    return known > 0 ? known - 1 : undefined;
  }

  /** Where the entry stands, or the free slot where it would. */
  #slotOf(key: Key, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const known = this.#slots[slot] ?? 0;
      if (known === 0) return slot;
      if (this.#hashes[slot] === hash && this.#isAt(known - 1, key)) return slot;
    }
  }

  #isAt(index: number, key: Key): boolean {
    const entry = this.#list[index];
    return entry !== undefined && this.#likeness.isSame(entry, key);
  }
}
