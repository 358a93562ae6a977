import { unguardFormula } from "../manifest/text-encoding.ts";
import type { IdEntry } from "./id-list.ts";
import type { FolderAndName } from "./recorded.ts";

/** What an id of a list may belong to. */
export interface Listable extends FolderAndName {
  /** Of the manifest; null where no row has this folder and name any more. */
  line: number | null;
  path: string;
}

/** What a text beside an id can be, the surest first. */
const KEYS: readonly ((row: Listable) => string)[] = [
  ({ folder, name }) => `${folder}/${name}`,
  ({ name }) => name,
  ({ path }) => path,
  ({ path }) => path.split(/[/\\]/).at(-1) ?? path,
];

/** How a text is compared: blanks and the form of accents may be different where it was copied from a page. */
function tidy(text: string): string {
  return text.normalize("NFC").replace(/\s+/g, " ").trim();
}

/** A name that stands in quotes, which were read as those of a cell. */
function inQuotes(text: string): string {
  return `"${text}"`;
}

/** Rows by all that can name them. */
export class RowFinder<Row extends Listable> {
  readonly #byKey: readonly Map<string, Row[]>[];
  /** Of columns without a header those in which any text names a row or a folder. */
  readonly #columns: readonly number[];
  readonly #folders: ReadonlySet<string>;

  constructor(rows: readonly Row[], entries: readonly IdEntry[]) {
    this.#byKey = KEYS.map((keyOf) => indexRows(rows, keyOf));
    this.#folders = new Set(rows.map(({ folder }) => tidy(folder)));
    const isKnown = (text: string) =>
      text !== "" && (this.#isKnown(text) || this.#isKnown(inQuotes(text)));
    const columns = new Set<number>();
    for (const { texts } of entries) {
      for (const [at, text] of texts.entries()) if (isKnown(text)) columns.add(at);
    }
    this.#columns = [...columns];
  }

  /** What the list says of an id's picture, in one text. */
  textOf(entry: IdEntry): string {
    const { path, name, folder, texts } = entry;
    const given = texts.some((text) => text !== "") ? this.#textsIn(entry) : [path || name];
    return given.join(", ") || texts.find((text) => text !== "") || folder;
  }

  /** The rows that an id may belong to. */
  find(entry: IdEntry): readonly Row[] {
    const { path, name, folder } = entry;
    const isThere = (row: Row) => folder === "" || tidy(row.folder) === tidy(folder);
    if (path === "" && name === "") return this.#findTexts(this.#textsIn(entry)).filter(isThere);
    const [, byName, byPath] = this.#byKey;
    const rows = (path && byPath?.get(tidy(path))) || byName?.get(tidy(name)) || [];
    const found = rows.filter(
      (row) => isThere(row) && (name === "" || tidy(row.name) === tidy(name) || rows.length === 1),
    );
    return found.length > 0 ? found : this.#findTexts([name || path]).filter(isThere);
  }

  #isKnown(text: string): boolean {
    return this.#folders.has(tidy(text)) || this.#byKey.some((index) => index.has(tidy(text)));
  }

  #textsIn({ texts }: IdEntry): string[] {
    return this.#columns.flatMap((at) => texts[at] || []);
  }

  /** Rows that one of the texts names, as surely as can be, while all others say of it what is true. */
  #findTexts(texts: readonly string[]): Row[] {
    const quoted = (text: string) => tidy(this.#isKnown(text) ? text : inQuotes(text));
    for (const spell of [tidy, (text: string) => tidy(unguardFormula(text)), quoted]) {
      const wanted = texts.map(spell);
      for (const index of this.#byKey) {
        const rows = new Set(wanted.flatMap((text) => index.get(text) ?? []));
        const found = [...rows].filter((row) => wanted.every((text) => isOf(row, text)));
        if (found.length > 0) return found;
      }
    }
    return [];
  }
}

function isOf(row: Listable, text: string): boolean {
  return text === tidy(row.folder) || KEYS.some((keyOf) => tidy(keyOf(row)) === text);
}

function indexRows<Row extends Listable>(
  rows: readonly Row[],
  keyOf: (row: Listable) => string,
): Map<string, Row[]> {
  const index = new Map<string, Row[]>();
  for (const row of rows) {
    const key = tidy(keyOf(row));
    const known = index.get(key);
    if (known) known.push(row);
    else index.set(key, [row]);
  }
  return index;
}
