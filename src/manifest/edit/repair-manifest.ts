import { UserError } from "../../user-error.ts";
import type { Diagnostic, Repair } from "../diagnostic.ts";
import { fieldsOf } from "../header.ts";
import {
  FIELDS,
  type Field,
  type Manifest,
  type ManifestRow,
  type ParsedManifest,
} from "../manifest.ts";
import { editManifest } from "./edit-manifest.ts";
import type { CellEdit, Change, RowEdit } from "./manifest-edit.ts";

/** One repair can uncover the next: first the bytes, then the rows, then the cells. */
const MOST_PASSES = 20;

/** A manifest's bytes after every exact repair, what was changed, and what is left to say. */
interface RepairedManifest {
  bytes: Uint8Array;
  changes: readonly Change[];
  diagnostics: readonly Diagnostic[];
}

type Look = (bytes: Uint8Array) => Promise<ParsedManifest>;

interface Found extends ParsedManifest {
  file: string;
  bytes: Uint8Array;
  load: Look;
}

type Pass = Pick<RepairedManifest, "bytes" | "changes">;

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
  const { diagnostics } = found;
  const encoding = diagnostics.map(({ repair }) => repair).find((one) => one?.kind === "encoding");
  if (encoding) return repairEncoding(found, encoding.text);
  const rows = rowEdits(diagnostics);
  if (rows.length > 0) return edit(found, rows, []);
  const columns = found.manifest?.columns ?? [];
  const wanted = await edit(found, [], cellEdits(diagnostics, columns));
  if (!wanted || wanted.duplicates <= countDuplicates(diagnostics)) return wanted;
  // A name that was tidied would be another row's: what is a mistake is mended, what is only odd is left.
  const mistakes = diagnostics.filter(({ severity }) => severity === "error");
  return edit(found, [], cellEdits(mistakes, columns));
}

/** What one set of repairs makes of a manifest; undefined: there is nothing to repair, or it cannot be. */
async function edit(
  { file, bytes, load, manifest }: Found,
  rows: readonly RowEdit[],
  cells: readonly CellEdit[],
): Promise<(Pass & { duplicates: number }) | undefined> {
  if (!manifest || rows.length + cells.length === 0) return undefined;
  const edited = editManifest(manifest, bytes, { rows, cells, isLenient: true });
  if (!edited) return undefined;
  const { manifest: after, diagnostics } = await load(edited);
  const touched = new Set([...cells, ...rows].map(({ line }) => line));
  if (!after || cellsBeside(touched, manifest) !== cellsBeside(touched, after)) {
    throw new UserError("FIX_UNSAFE", `${file} cannot be repaired without changing other rows`, {
      hint: "fix the other errors that `qgfx validate` shows first, then run it with --fix again",
    });
  }
  const changes = [...rows.map(rowChange), ...cellChanges(cells, manifest, after)];
  if (changes.length === 0) return undefined;
  return { bytes: edited, changes, duplicates: countDuplicates(diagnostics) };
}

/** A repair must change what it names and nothing else; a file that does not let it is not written. */
function cellsBeside(touched: ReadonlySet<number>, { rows }: Manifest): string {
  return JSON.stringify(rows.filter(({ line }) => !touched.has(line)).map(({ cells }) => cells));
}

function countDuplicates(diagnostics: readonly Diagnostic[]): number {
  return diagnostics.filter(({ code }) => code === "ADDRESS_DUPLICATE").length;
}

async function repairEncoding({ file, bytes, load }: Found, text: string): Promise<Pass> {
  // Excel takes a CSV for UTF-8 by its byte order mark alone.
  const mark = /\.ya?ml$/i.test(file) ? "" : "\uFEFF";
  const encoded = Buffer.from(mark + text);
  // As it is shown now: what is UTF-8 already does not change.
  const before = await load(Buffer.from(Buffer.from(bytes).toString("utf8")));
  const shown = new Map(before.manifest?.rows.map(({ line, cells }) => [line, cells]));
  const { manifest } = await load(encoded);
  const changes = manifest?.rows.flatMap((row) =>
    encodingChanges(manifest, row, shown.get(row.line) ?? []),
  );
  return { bytes: encoded, changes: changes ?? [] };
}

function encodingChanges(
  { columns }: Manifest,
  { line, cells }: ManifestRow,
  shown: readonly string[],
): Change[] {
  return cells.flatMap((to, index): Change[] => {
    const from = shown[index] ?? to.replace(/[^\x00-\x7f]/gu, "\uFFFD");
    if (from === to) return [];
    return [{ line, column: index + 1, field: columns[index] ?? null, from, to }];
  });
}

/** One edit for each row: the first repair, which is about the number of its cells where that is wrong. */
function rowEdits(diagnostics: readonly Diagnostic[]): RowEdit[] {
  const edits = new Map<number, RowEdit>();
  for (const { line, repair } of diagnostics) {
    if (repair?.kind === "row" && line !== null && !edits.has(line)) {
      edits.set(line, { line, ...repair });
    }
  }
  return [...edits.values()];
}

function rowChange({ line, cells, was }: RowEdit): Change {
  return { line, column: null, field: null, from: was, to: cells.join(" | ") };
}

/** One edit for each cell: a second repair of the same cell waits for the next pass. */
function cellEdits(diagnostics: readonly Diagnostic[], columns: readonly string[]): CellEdit[] {
  const edits = new Map<string, CellEdit>();
  const fields = fieldsOf(columns);
  for (const { line: own, field, repair } of diagnostics) {
    const column = isField(field) ? fields[field] : undefined;
    if (column === undefined) continue;
    for (const { line, text } of repairedCells(own, repair)) {
      const key = `${line} ${column}`;
      if (!edits.has(key)) edits.set(key, { line, column, text });
    }
  }
  return [...edits.values()];
}

function repairedCells(
  line: number | null,
  repair: Repair | undefined,
): readonly { line: number; text: string }[] {
  if (repair?.kind === "cells") return repair.cells;
  return repair?.kind === "cell" && line !== null ? [{ line, text: repair.text }] : [];
}

function isField(field: string | null): field is Field {
  return field === "path" || field === "name" || field === "folder";
}

/** The changes that edits made; none where the file did not let them, as in a cell with a formula. */
function cellChanges(edits: readonly CellEdit[], before: Manifest, after: Manifest): Change[] {
  const [rowsBefore, rowsAfter] = [before, after].map(
    ({ rows }) => new Map(rows.map((row) => [row.line, row])),
  );
  const fields = fieldsOf(before.columns);
  return edits.flatMap(({ line, column: at, text }): Change[] => {
    const was = rowsBefore?.get(line);
    const field = FIELDS.find((one) => fields[one] === at);
    if (!field || !was || was[field] === text || rowsAfter?.get(line)?.[field] !== text) return [];
    const column = was.columnOf[field] ?? null;
    return [{ line, column, field, from: was[field] ?? "", to: text }];
  });
}
