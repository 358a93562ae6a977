import type { FolderAndName } from "./recorded.ts";

/** Where in a list each address stands. One map a folder: a key made of both would copy every name of a million. */
export class AddressIndex {
  readonly #folders = new Map<string, Map<string, number>>();

  /** Notes the list's next address as the `index`-th; gives the index that has it already, if one does. */
  add({ folder, name }: FolderAndName, index: number): number | undefined {
    let names = this.#folders.get(folder);
    if (!names) {
      names = new Map();
      this.#folders.set(folder, names);
    }
    const known = names.get(name);
    if (known === undefined) names.set(name, index);
    return known;
  }

  find({ folder, name }: FolderAndName): number | undefined {
    return this.#folders.get(folder)?.get(name);
  }
}

/** The index of a whole list. */
export function indexAddresses(places: readonly FolderAndName[]): AddressIndex {
  const index = new AddressIndex();
  for (const [at, place] of places.entries()) index.add(place, at);
  return index;
}
