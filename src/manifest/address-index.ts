import { ListIndex } from "./list-index.ts";
import { addText, HASH_START, spread } from "./text-hash.ts";

/** What makes two rows of a manifest, or of a library, the same graphic. */
interface Place {
  folder: string;
  name: string;
}

// Drawn anew each time, so that nobody can write a sheet of names that all fall on one slot.
const SEED = Math.floor(Math.random() * 2 ** 32);

/** Where in a list each address stands. */
export class AddressIndex<Listed extends Place> extends ListIndex<Place, Listed> {
  /** An entry of the list counts once it is added. */
  constructor(list: readonly Listed[]) {
    super(list, { hashOf, isSame: isSamePlace });
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
