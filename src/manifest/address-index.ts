/** What makes two rows of a manifest, or of a library, the same graphic. */
interface Place {
  folder: string;
  name: string;
}

const LEAST_SLOTS = 16;

// Drawn anew each time, so that nobody can write a sheet of names that all fall on one slot.
const SEED = Math.floor(Math.random() * 2 ** 32);

/**
 * Where in a list each address stands: a hash table with open addressing, of 8 to 16 bytes an address. A Map
 * takes ten times as much while it grows, and a million rows are held beside it.
 */
export class AddressIndex<Listed extends Place> {
  readonly #list: readonly Listed[];
  /** One more than the index in the list; 0: free. */
  #slots = new Uint32Array(LEAST_SLOTS);
  #count = 0;

  /** `list` may grow: an entry counts once it is added. */
  constructor(list: readonly Listed[]) {
    this.#list = list;
  }

  /** Adds the entry at `index`; where its address stands already, gives the entry that has it and adds nothing. */
  add(index: number): Listed | undefined {
    if (2 * this.#count >= this.#slots.length) this.#grow();
    const place = this.#list[index];
    if (!place) throw new RangeError(`the list has no entry ${index}`);
    const slot = this.#slotOf(place);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return this.#list[known - 1];
    this.#slots[slot] = index + 1;
    this.#count += 1;
    return undefined;
  }

  /** The index of the entry with this address. */
  find(place: Place): number | undefined {
    const known = this.#slots[this.#slotOf(place)] ?? 0;
    return known > 0 ? known - 1 : undefined;
  }

  /** Where the address stands, or the free slot where it would. */
  #slotOf({ folder, name }: Place): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(folder, name) & mask; ; slot = (slot + 1) & mask) {
      const known = this.#slots[slot] ?? 0;
      if (known === 0) return slot;
      const listed = this.#list[known - 1];
      if (listed?.name === name && listed.folder === folder) return slot;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(2 * before.length);
    for (const known of before) {
      const listed = known > 0 ? this.#list[known - 1] : undefined;
      if (listed) this.#slots[this.#slotOf(listed)] = known;
    }
  }
}

/** The index of a whole list. */
export function indexAddresses<Listed extends Place>(
  list: readonly Listed[],
): AddressIndex<Listed> {
  const index = new AddressIndex(list);
  for (let at = 0; at < list.length; at += 1) index.add(at);
  return index;
}

/** FNV-1a over the UTF-16 units, then MurmurHash3's finalizer, which spreads texts that differ by one digit. */
function hashOf(folder: string, name: string): number {
  let hash = addText(addText(0x811c9dc5 ^ SEED, folder), name);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function addText(start: number, text: string): number {
  let hash = start;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
}
