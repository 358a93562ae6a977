import { type Diagnostic, diagnostic, showValue } from "../manifest/diagnostic.ts";
import { isGraphicId, type ManifestRow } from "../manifest/manifest.ts";
import type { IdEntry } from "./id-list.ts";

/** An id that an earlier script gave to one row's picture. */
export interface IdMatch {
  row: ManifestRow;
  graphicId: string;
}

/** What a JSON key can be, the surest first. */
const KEYS: readonly ((row: ManifestRow) => string)[] = [
  ({ folder, name }) => `${folder}/${name}`,
  ({ name }) => name,
  ({ path }) => path,
  ({ path }) => path.split(/[/\\]/).at(-1) ?? path,
];

/** Finds each id's row, with every reason why one cannot be told; `file` is where the ids come from. An error for a wrong, ambiguous or second id. */
export function matchIds(
  rows: readonly ManifestRow[],
  entries: readonly IdEntry[],
  file: string,
): { matches: IdMatch[]; diagnostics: Diagnostic[] } {
  const byKey = KEYS.map((keyOf) => indexRows(rows, keyOf));
  const entryOf = new Map<ManifestRow, IdEntry>();
  const diagnostics: Diagnostic[] = [];
  for (const entry of entries) {
    const found = findRows(entry, byKey);
    const [row] = found;
    const problem = problemOf(entry, found, row && entryOf.get(row), file);
    if (problem) diagnostics.push(problem);
    if (row && !problem) entryOf.set(row, entry);
  }
  const matches = [...entryOf].map(([row, { graphicId }]) => ({ row, graphicId }));
  matches.sort((a, b) => a.row.line - b.row.line);
  return { matches, diagnostics };
}

function indexRows(
  rows: readonly ManifestRow[],
  keyOf: (row: ManifestRow) => string,
): Map<string, ManifestRow[]> {
  const index = new Map<string, ManifestRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = index.get(key);
    if (known) known.push(row);
    else index.set(key, [row]);
  }
  return index;
}

function findRows(entry: IdEntry, byKey: readonly Map<string, ManifestRow[]>[]): ManifestRow[] {
  const [, byName, byPath] = byKey;
  if (entry.key !== "") {
    return byKey.map((index) => index.get(entry.key) ?? []).find((rows) => rows.length > 0) ?? [];
  }
  const rows =
    (entry.path !== "" ? byPath?.get(entry.path) : undefined) ?? byName?.get(entry.name) ?? [];
  return rows.filter(
    (row) =>
      (entry.folder === "" || row.folder === entry.folder) &&
      (entry.name === "" || row.name === entry.name || rows.length === 1),
  );
}

function problemOf(
  entry: IdEntry,
  found: readonly ManifestRow[],
  other: IdEntry | undefined,
  file: string,
): Diagnostic | undefined {
  const { graphicId, line } = entry;
  const what = showValue(entry.key || entry.path || entry.name);
  const problem = (severity: "error" | "warning", code: string, message: string, hint: string) =>
    diagnostic(severity, code, message, hint, { file, line, value: graphicId });
  if (!isGraphicId(graphicId)) {
    const message = `the id ${showValue(graphicId)} of ${what} is not one, expected IM_ and 11 to 15 letters or digits`;
    return problem("error", "ADOPT_ID_MALFORMED", message, "put it right, or leave it out");
  }
  if (found.length === 0) {
    const hint = "name it as a row's name, path or folder/name does";
    return problem("warning", "ADOPT_NO_ROW", `no row of the manifest is ${what}`, hint);
  }
  if (found.length > 1) {
    const lines = found.map((row) => row.line).join(", ");
    const message = `${what} may be any of the rows in lines ${lines}`;
    return problem("error", "ADOPT_AMBIGUOUS", message, "give folder/name instead");
  }
  if (other === undefined || other.graphicId === graphicId) return undefined;
  const message = `${what} has two ids, ${other.graphicId} (line ${other.line}) and ${graphicId} (line ${line})`;
  return problem("error", "ADOPT_TWO_IDS", message, "leave the one that is right");
}
