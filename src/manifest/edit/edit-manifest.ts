import { UserError } from "../../user-error.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Change } from "../documents.ts";
import type { Field, Manifest, ManifestRow } from "../manifest.ts";
import { decodeText, decodeWindows1252, encodeText } from "../text-encoding.ts";
import { editCsv } from "./edit-csv.ts";
import { editWorkbook } from "./edit-workbook.ts";
import { editYaml } from "./edit-yaml.ts";
import type { CellEdit, ManifestEdit, RowEdit } from "./manifest-edit.ts";

/**
 * A manifest's bytes with changes made where they stand: encoding, delimiters, formats and all else are kept.
 * Undefined where the file is written in a way that does not let us.
 */
export function editManifest(
  manifest: Manifest,
  bytes: Uint8Array,
  edit: ManifestEdit,
): Uint8Array | undefined {
  const { format, workbook, dialect } = manifest;
  if (workbook) return editWorkbook(bytes, workbook.sheet, workbook.header, edit);
  const text = decodeText(bytes);
  if ("message" in text) return undefined;
  const editText = format === "yaml" ? editYaml : editCsv;
  const edited = editText(text.utf8.toString("utf8"), edit);
  if (edited === undefined) return undefined;
  return encodeText(edited, { ...dialect, encoding: text.encoding, bom: text.bom });
}

/** One repair can uncover the next: first the bytes, then the rows, then the cells. */
const MOST_PASSES = 20;

/** A manifest's bytes after every exact repair, what was changed, and what is left to say. */
export interface RepairedManifest {
  bytes: Uint8Array;
  changes: readonly Change[];
  diagnostics: readonly Diagnostic[];
}

/** What is found of a manifest's bytes. */
type Look = (bytes: Uint8Array) => Promise<Looked>;

interface Looked {
  manifest: Manifest | undefined;
  diagnostics: readonly Diagnostic[];
}

/** A manifest as one pass finds it. */
interface Found extends Looked {
  file: string;
  bytes: Uint8Array;
  load: Look;
}

/** What a pass makes of it. */
interface Pass {
  bytes: Uint8Array;
  changes: Change[];
}

/**
 * Repairs what can be repaired exactly; nothing is written. `load` reads a manifest's bytes and checks what needs no
 * other file, `inspect` looks into the images, too.
 */
export async function repairManifest(
  file: string,
  original: Uint8Array,
  load: Look,
  inspect: Look,
): Promise<RepairedManifest> {
  const changes: Change[] = [];
  let bytes = original;
  for (let pass = 1; ; pass += 1) {
    const { manifest, diagnostics } = await inspect(bytes);
    const found = { file, bytes, load, manifest, diagnostics };
    const next = pass > MOST_PASSES ? undefined : await repairOnce(found);
    if (!next) return { bytes, changes: changes.sort((a, b) => a.line - b.line), diagnostics };
    bytes = next.bytes;
    changes.push(...next.changes);
  }
}

/** One pass of repairs; undefined: there is nothing left that could be repaired. */
async function repairOnce(found: Found): Promise<Pass | undefined> {
  const { manifest, diagnostics } = found;
  if (diagnostics.some(({ repair }) => repair?.kind === "encoding")) return repairEncoding(found);
  if (!manifest) return undefined;
  const rows = rowRepairs(diagnostics);
  if (rows.length > 0) return (await edit(found, manifest, rows, []))?.pass;
  const wanted = await edit(found, manifest, [], cellEdits(diagnostics));
  if (!wanted || wanted.duplicates <= countDuplicates(diagnostics)) return wanted?.pass;
  // A name that was tidied would be another row's: what is a mistake is mended, what is only odd is left.
  const mistakes = diagnostics.filter(({ severity }) => severity === "error");
  return (await edit(found, manifest, [], cellEdits(mistakes)))?.pass;
}

/** What one set of repairs makes of a manifest; undefined: there is nothing to repair, or it cannot be. */
async function edit(
  { file, bytes, load }: Found,
  manifest: Manifest,
  rows: readonly RowRepair[],
  cells: readonly CellEdit[],
): Promise<{ pass: Pass; duplicates: number } | undefined> {
  if (rows.length + cells.length === 0) return undefined;
  const edited = editManifest(manifest, bytes, { rows, cells, added: [] });
  if (!edited) return undefined;
  const { manifest: after, diagnostics } = await load(edited);
  const touched = new Set([...cells, ...rows].map(({ line }) => line));
  if (!after || cellsBeside(touched, manifest) !== cellsBeside(touched, after)) throw unsafe(file);
  const [was, is] = [rowsByLine(manifest), rowsByLine(after)];
  const changes = [...rows.map(rowChange), ...cells.flatMap((one) => cellChange(one, was, is))];
  if (changes.length === 0) return undefined;
  return { pass: { bytes: edited, changes }, duplicates: countDuplicates(diagnostics) };
}

/** A repair must change what it names and nothing else; a file that does not let it is not written. */
function cellsBeside(touched: ReadonlySet<number>, { rows }: Manifest): string {
  return JSON.stringify(rows.filter(({ line }) => !touched.has(line)).map(({ cells }) => cells));
}

function unsafe(file: string): UserError {
  return new UserError("FIX_UNSAFE", `${file} cannot be repaired without changing other rows`, {
    hint: "mend the other errors that `qgfx validate` shows first, then give --fix again",
  });
}

function countDuplicates(diagnostics: readonly Diagnostic[]): number {
  return diagnostics.filter(({ code }) => code === "ADDRESS_DUPLICATE").length;
}

async function repairEncoding({ file, bytes, load }: Found): Promise<Pass | undefined> {
  const text = decodeWindows1252(bytes);
  if (text === undefined) return undefined;
  // Excel takes a CSV for UTF-8 by its byte order mark alone.
  const mark = /\.ya?ml$/i.test(file) ? "" : "\uFEFF";
  const encoded = Buffer.from(mark + text);
  const { manifest } = await load(encoded);
  const changes = manifest?.rows.flatMap((row) => encodingChanges(manifest, row)) ?? [];
  return { bytes: encoded, changes };
}

function encodingChanges({ columns }: Manifest, { line, cells }: ManifestRow): Change[] {
  return cells.flatMap((to, index): Change[] => {
    const from = to.replace(/[^\x00-\x7f]/gu, "\uFFFD");
    if (from === to) return [];
    return [{ line, column: index + 1, field: columns[index] ?? null, from, to }];
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

function rowsByLine({ rows }: Manifest): ReadonlyMap<number, ManifestRow> {
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
