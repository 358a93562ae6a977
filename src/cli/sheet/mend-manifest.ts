import type { ImageLimits } from "../../files/image-place.ts";
import { inspectManifest, type LoadedManifest, loadBytes } from "../../jobs/load-manifest.ts";
import { decodeWindows1252 } from "../../manifest/decode-text.ts";
import type { Diagnostic } from "../../manifest/diagnostic.ts";
import type { Field, Manifest, ManifestRow } from "../../manifest/manifest.ts";
import type { CellEdit, ManifestEdit, RowEdit } from "../../manifest/manifest-edit.ts";
import type { Change } from "../../manifest/repair-document.ts";
import { UserError } from "../../user-error.ts";
import type { CommonOptions } from "../common-options.ts";
import { editManifest } from "./edit-manifest.ts";

/** One repair can uncover the next: first the bytes, then the rows, then the cells. */
const MOST_PASSES = 20;

/** A manifest's bytes after every exact repair, what was changed, and what is left to say. */
export interface Mended {
  bytes: Uint8Array;
  changes: Change[];
  diagnostics: readonly Diagnostic[];
}

interface Pass {
  bytes: Uint8Array;
  changes: Change[];
}

/** Repairs what can be repaired exactly; nothing is written. */
export async function mendManifest(
  file: string,
  bytes: Uint8Array,
  options: CommonOptions,
  limits: ImageLimits,
): Promise<Mended> {
  let mended: Pass = { bytes, changes: [] };
  for (let pass = 0; ; pass += 1) {
    const loaded = await loadBytes(file, mended.bytes, options);
    const { manifest, diagnostics } = await inspectManifest(loaded, limits);
    const next =
      pass < MOST_PASSES
        ? await mendOnce(file, mended.bytes, { manifest, diagnostics }, options)
        : undefined;
    if (!next) return { ...mended, changes: mended.changes.toSorted(byLine), diagnostics };
    mended = { bytes: next.bytes, changes: [...mended.changes, ...next.changes] };
  }
}

function byLine(a: Change, b: Change): number {
  return a.line - b.line;
}

/** One pass of repairs; undefined: there is nothing left that could be repaired. */
async function mendOnce(
  file: string,
  bytes: Uint8Array,
  { manifest, diagnostics }: LoadedManifest,
  options: CommonOptions,
): Promise<Pass | undefined> {
  if (diagnostics.some(({ repair }) => repair?.kind === "encoding")) {
    return mendEncoding(file, bytes, options);
  }
  if (!manifest) return undefined;
  const rows = rowRepairs(diagnostics);
  if (rows.length > 0)
    return (await edit(file, bytes, manifest, { rows, cells: [] }, options))?.pass;
  const wanted = await edit(
    file,
    bytes,
    manifest,
    { rows, cells: cellEdits(diagnostics) },
    options,
  );
  if (!wanted || wanted.duplicates <= countDuplicates(diagnostics)) return wanted?.pass;
  // A name that was tidied would be another row's: what is a mistake is mended, what is only odd is left.
  const cells = cellEdits(diagnostics.filter(({ severity }) => severity === "error"));
  return (await edit(file, bytes, manifest, { rows, cells }, options))?.pass;
}

/** What one set of repairs makes of a manifest; undefined: there is nothing to repair, or it cannot be. */
async function edit(
  file: string,
  bytes: Uint8Array,
  manifest: Manifest,
  { rows, cells }: { rows: RowRepair[]; cells: CellEdit[] },
  options: CommonOptions,
): Promise<{ pass: Pass; duplicates: number } | undefined> {
  if (rows.length + cells.length === 0) return undefined;
  const edited = editManifest(manifest, bytes, { rows, cells, added: [] });
  if (!edited) return undefined;
  const { manifest: after, diagnostics } = await loadBytes(file, edited, options);
  if (!after) throw unsafe(file);
  refuseOtherChanges(file, manifest, after, { rows, cells, added: [] });
  const [was, is] = [rowsByLine(manifest), rowsByLine(after)];
  const changes = [...rows.map(rowChange), ...cells.flatMap((one) => cellChange(one, was, is))];
  if (changes.length === 0) return undefined;
  return { pass: { bytes: edited, changes }, duplicates: countDuplicates(diagnostics) };
}

function countDuplicates(diagnostics: readonly Diagnostic[]): number {
  return diagnostics.filter(({ code }) => code === "ADDRESS_DUPLICATE").length;
}

async function mendEncoding(
  file: string,
  bytes: Uint8Array,
  options: CommonOptions,
): Promise<Pass | undefined> {
  const text = decodeWindows1252(bytes);
  if (text === undefined) return undefined;
  // Excel takes a CSV for UTF-8 by its byte order mark alone.
  const mark = /\.ya?ml$/i.test(file) ? "" : "\uFEFF";
  const encoded = Buffer.from(mark + text);
  const { manifest } = await loadBytes(file, encoded, options);
  const changes = manifest?.rows.flatMap((row) => encodingChanges(manifest, row)) ?? [];
  return { bytes: encoded, changes };
}

function encodingChanges({ columns }: Manifest, { line, cells }: ManifestRow): Change[] {
  return cells.flatMap((to, index): Change[] => {
    const from = to.replace(/[^\x00-\x7f]/gu, "\uFFFD");
    return from === to
      ? []
      : [{ line, column: index + 1, field: columns[index] ?? null, from, to }];
  });
}

interface RowRepair extends RowEdit {
  was: string;
}

/** One repair for each row: the first, which is about the number of its cells where that is wrong. */
function rowRepairs(diagnostics: readonly Diagnostic[]): RowRepair[] {
  const repairs = new Map<number, RowRepair>();
  for (const { line, repair } of diagnostics) {
    if (repair?.kind !== "row" || line === null || repairs.has(line)) continue;
    repairs.set(line, { line, cells: repair.cells, was: repair.was });
  }
  return [...repairs.values()];
}

function rowChange({ line, cells, was }: RowRepair): Change {
  return { line, column: null, field: null, from: was, to: cells.join(" | ") };
}

/** One edit for each cell: a second repair of the same cell waits for the next pass. */
function cellEdits(diagnostics: readonly Diagnostic[]): CellEdit[] {
  const edits = new Map<string, CellEdit>();
  for (const { line, field, repair } of diagnostics) {
    if (repair?.kind !== "cell" || line === null || !isField(field)) continue;
    const key = `${line} ${field}`;
    if (!edits.has(key)) edits.set(key, { line, field, text: repair.text });
  }
  return [...edits.values()];
}

function isField(field: string | null): field is Field {
  return field === "path" || field === "name" || field === "folder";
}

function rowsByLine({ rows }: Manifest): Map<number, ManifestRow> {
  return new Map(rows.map((row) => [row.line, row]));
}

/** The change an edit made; none where the file did not let it, as in a cell with a formula. */
function cellChange(
  { line, field, text }: CellEdit,
  before: ReadonlyMap<number, ManifestRow>,
  after: ReadonlyMap<number, ManifestRow>,
): Change[] {
  const was = before.get(line);
  const is = after.get(line);
  if (!was || is?.[field] !== text || was[field] === text) return [];
  return [{ line, column: was.columnOf[field] ?? null, field, from: was[field] ?? "", to: text }];
}

/** A repair must change what it names and nothing else; a file that does not let it is not written. */
function refuseOtherChanges(
  file: string,
  before: Manifest,
  after: Manifest,
  { cells, rows }: ManifestEdit,
): void {
  const touched = new Set([...cells, ...rows].map(({ line }) => line));
  const rest = ({ rows: all }: Manifest) =>
    JSON.stringify(all.filter(({ line }) => !touched.has(line)).map((row) => row.cells));
  if (rest(before) !== rest(after)) throw unsafe(file);
}

function unsafe(file: string): UserError {
  return new UserError("FIX_UNSAFE", `${file} cannot be repaired without changing other rows`, {
    hint: "mend the other errors that `qgfx validate` shows first, then give --fix again",
  });
}
