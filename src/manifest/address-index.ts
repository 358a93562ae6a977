import { addText, HASH_START, spread } from "./text-hash.ts";

/** What makes two rows of a manifest, or of a library, the same graphic. */
interface Place {
  folder: string;
  name: string;
}

// Drawn anew each time, so that nobody can write a sheet of names that all fall on one slot.
const SEED = Math.floor(Math.random() * 2 ** 32);

/**
 * Where in a list each address stands: a hash table with open addressing, of 16 to 32 bytes an address. A Map
 * takes several times as much while it grows, and a million rows are held beside it.
 */
export class AddressIndex<Listed extends Place> {
  readonly #list: readonly Listed[];
  /** One more than the index in the list; 0: free. At least half of them are. */
  readonly #slots: Uint32Array;
  /** Of the address in each slot: most others are told by it, without a look at their texts. */
  readonly #hashes: Uint32Array;

  /** An entry of the list counts once it is added. */
  constructor(list: readonly Listed[]) {
    const size = 2 ** Math.ceil(Math.log2(2 * list.length + 2));
    this.#list = list;
    this.#slots = new Uint32Array(size);
    this.#hashes = new Uint32Array(size);
  }

  /** Adds the entry at `index`; where its address stands already, gives the entry that has it and adds nothing. */
  add(index: number): Listed | undefined {
    const place = this.#list[index];
    if (!place) throw new RangeError(`the list has no entry ${index}`);
    const hash = hashOf(place);
    const slot = this.#slotOf(place, hash);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return this.#list[known - 1];
    this.#slots[slot] = index + 1;
    this.#hashes[slot] = hash;
    return undefined;
  }

  /** The index of the entry with this address. */
  find(place: Place): number | undefined {
    const known = this.#slots[this.#slotOf(place, hashOf(place))] ?? 0;
    return known > 0 ? known - 1 : undefined;
  }

  /** Where the address stands, or the free slot where it would. */
  #slotOf(place: Place, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const known = this.#slots[slot] ?? 0;
      if (known === 0) return slot;
      if (this.#hashes[slot] === hash && isSamePlace(this.#list[known - 1], place)) return slot;
    }
  }
}

/** Whether two have the same address. */
export function isSamePlace(one: Place | undefined, { folder, name }: Place): boolean {
  return one?.name === name && one.folder === folder;
}

/** The index of a whole list. */
export function indexAddresses<Listed extends Place>(
  list: readonly Listed[],
): AddressIndex<Listed> {
  const index = new AddressIndex(list);
  for (let at = 0; at < list.length; at += 1) index.add(at);
  return index;
}

function hashOf({ folder, name }: Place): number {
  return spread(addText(addText(HASH_START ^ SEED, folder), name));
}
