import {
  type Diagnostic,
  diagnostic,
  type Sentence,
  type Severity,
  showValue,
} from "../manifest/diagnostic.ts";
import { groupBy } from "../manifest/group-by.ts";
import { isGraphicId } from "../manifest/manifest.ts";
import { unguardFormula } from "../manifest/text-encoding.ts";
import type { IdEntry } from "./id-list.ts";
import type { FolderAndName } from "./recorded.ts";

/** An id of a list that belongs to none, or may belong to several. */
interface LeftId {
  /** Of the list. */
  line: number;
  /** What the list says beside the id. */
  text: string;
  graphicId: string;
  reason: "no-row" | "ambiguous" | "two-ids";
}

/** What became of a list's ids. An error among the diagnostics: an id that is not one, or one of two for a row. */
export interface MatchedIds<Row> {
  /** By lines of the manifest. */
  matches: { row: Row; graphicId: string }[];
  left: LeftId[];
  diagnostics: Diagnostic[];
}

/** How a list's problems are told. */
export interface Telling {
  /** Where the ids come from, as it is shown. */
  file: string;
  /** What the codes begin with. */
  command: "ADOPT" | "RESOLVE";
  /** What the ids are for. */
  what: string;
}

/**
 * Finds each id's row, and says of each that is left why: no row or several are called so, or one row is given two ids.
 * A list of a whole library has many that belong to no row: they are notes where `command` is to look for a few.
 */
export function matchIds<Row extends Listable>(
  rows: readonly Row[],
  entries: readonly IdEntry[],
  telling: Telling,
): MatchedIds<Row> {
  const finder = new RowFinder(rows, entries);
  const entriesOf = new Map<Row, IdEntry[]>();
  const left: LeftId[] = [];
  const diagnostics: Diagnostic[] = [];
  const leave = (entry: IdEntry, reason: LeftId["reason"]) => {
    const { line, graphicId } = entry;
    left.push({ line, text: finder.textOf(entry), graphicId, reason });
  };
  for (const entry of entries) {
    const found = finder.find(entry);
    const [row] = found;
    const given: IdEntry[] = (row && entriesOf.get(row)) ?? [];
    const problem = problemOf(entry, finder.textOf(entry), { found, given, telling });
    if (problem) diagnostics.push(problem);
    if (problem?.severity === "error") continue;
    if (!row) leave(entry, "no-row");
    else if (found.length > 1) leave(entry, "ambiguous");
    else {
      given.push(entry);
      entriesOf.set(row, given);
    }
  }
  const matches = [...entriesOf].flatMap(([row, given]) => {
    const ids = new Set(given.map(({ graphicId }) => graphicId));
    if (ids.size === 1) return Array.from(ids, (graphicId) => ({ row, graphicId }));
    for (const entry of given) leave(entry, "two-ids");
    return [];
  });
  matches.sort((a, b) => lineOf(a.row) - lineOf(b.row));
  left.sort((a, b) => a.line - b.line);
  return { matches, left, diagnostics };
}

function lineOf({ line }: Listable): number {
  return line ?? Number.POSITIVE_INFINITY;
}

/** What there is to say of an id: `found` are its rows, `given` the ids that the first of them has already. */
function problemOf(
  entry: IdEntry,
  text: string,
  {
    found,
    given,
    telling,
  }: { found: readonly Listable[]; given: readonly IdEntry[]; telling: Telling },
): Diagnostic | undefined {
  const { graphicId, line } = entry;
  const { file, command, what } = telling;
  const tell = (severity: Severity, [code, message, hint]: Sentence) =>
    diagnostic(severity, `${command}_${code}`, message, hint, { file, line, value: graphicId });
  if (!isGraphicId(graphicId)) return tell("error", malformed(text, graphicId));
  if (found.length === 0) return tell(command === "ADOPT" ? "warning" : "note", noRow(text, what));
  if (found.length > 1) return tell("warning", ambiguous(text, found));
  const other = given.find((one) => one.graphicId !== graphicId);
  // Taking one of the two for granted could give surveys the wrong graphic.
  return other && tell(command === "ADOPT" ? "error" : "warning", twoIds(text, other, entry));
}

function malformed(text: string, graphicId: string): Sentence {
  const message = `the id ${showValue(graphicId)} of ${showValue(text)} is not one, expected IM_ and 11 to 15 letters or digits`;
  return ["ID_MALFORMED", message, "put it right, or leave it out"];
}

function noRow(text: string, what: string): Sentence {
  const hint = "name it as a row's name, path or folder/name does";
  return ["NO_ROW", `no ${what} is ${showValue(text)}`, hint];
}

function ambiguous(text: string, found: readonly Listable[]): Sentence {
  const lines = found.flatMap(({ line }) => line ?? []);
  const rows =
    lines.length === found.length
      ? `the rows in lines ${lines.join(", ")}`
      : found.map(({ folder, name }) => showValue(`${folder}/${name}`)).join(", ");
  return ["AMBIGUOUS", `${showValue(text)} may be any of ${rows}`, "give folder/name instead"];
}

function twoIds(text: string, other: IdEntry, { graphicId, line }: IdEntry): Sentence {
  const message = `${showValue(text)} has two ids, ${other.graphicId} (line ${other.line}) and ${graphicId} (line ${line})`;
  return ["TWO_IDS", message, "leave the one that is right"];
}

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
class RowFinder<Row extends Listable> {
  readonly #byKey: readonly Map<string, Row[]>[];
  /** Of columns without a header those in which any text names a row or a folder. */
  readonly #columns: readonly number[];
  readonly #folders: ReadonlySet<string>;

  constructor(rows: readonly Row[], entries: readonly IdEntry[]) {
    this.#byKey = KEYS.map((keyOf) => groupBy(rows, (row) => tidy(keyOf(row))));
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
