/** What makes two rows of a manifest, or of a library, the same graphic. */
interface Place {
  folder: string;
  name: string;
}

/** Where in a list each address is. */
export interface AddressIndex<Listed extends Place> {
  readonly list: readonly Listed[];
  /** The index of the first entry with this address. */
  find(place: Place): number | undefined;
}

/** Whether two have the same address. */
export function isSamePlace(one: Place | undefined, { folder, name }: Place): boolean {
  return one?.name === name && one.folder === folder;
}

/** The index of a whole list. */
export function indexAddresses<Listed extends Place>(
  list: readonly Listed[],
): AddressIndex<Listed> {
  const keyOf = ({ folder, name }: Place) => JSON.stringify([folder, name]);
  const indexes = new Map<string, number>();
  for (const [index, one] of list.entries()) {
    const key = keyOf(one);
    if (!indexes.has(key)) indexes.set(key, index);
  }
  return { list, find: (place) => indexes.get(keyOf(place)) };
}
