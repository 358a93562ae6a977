import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { Change } from "../manifest/edit/manifest-edit.ts";
import { repairManifest } from "../manifest/edit/repair-manifest.ts";
import { fieldsOf } from "../manifest/header.ts";
import { FIELDS, type Manifest, type ParsedManifest } from "../manifest/manifest.ts";
import { plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import type { RepairsDocument, SheetChange, SheetProblem } from "./api.ts";
import type { Draft } from "./draft.ts";
import type { SheetState } from "./draft-rows.ts";
import { hintHere } from "./hints.ts";

/** How the server reads and checks bytes: `loadBytes` alone, and with `inspectManifest` behind it. */
export interface Checks {
  load(bytes: Uint8Array): Promise<ParsedManifest>;
  inspect(bytes: Uint8Array): Promise<ParsedManifest>;
}

/**
 * What was found of a state of the draft, at its rows and cells. A problem's `repair` is its position in `found`: give the
 * same list to `repairProblem`.
 */
export function problemsOf(
  { manifest, ids }: SheetState,
  found: readonly Diagnostic[],
): SheetProblem[] {
  const rowAt = rowFinder(manifest, ids);
  return found.map((one, index) => ({
    code: one.code,
    severity: one.severity,
    message: one.message,
    hint: one.hint === null ? null : hintHere(one.code, one.hint),
    line: one.line,
    row: rowAt(one),
    column: one.field === null ? null : columnOf(manifest, one.field),
    repair: isRepairable(one) ? index : null,
  }));
}

function columnOf(manifest: Manifest | undefined, named: string): number | null {
  const { columns = [] } = manifest ?? {};
  const field = FIELDS.find((one) => one === named);
  const at = field ? fieldsOf(columns)[field] : columns.indexOf(named);
  return at === undefined || at === -1 ? null : at;
}

/** In YAML a problem of a value may be on a line of its own, below the one where its row starts. */
function rowFinder(
  manifest: Manifest | undefined,
  ids: readonly number[],
): (found: Diagnostic) => number | null {
  const rows = manifest?.rows ?? [];
  const byLine = new Map(rows.map(({ line }, index) => [line, ids[index] ?? null]));
  const lines = manifest?.format === "yaml" ? rows.map(({ line }) => line) : [];
  return ({ line, field }) => {
    if (line === null) return null;
    const exact = byLine.get(line);
    if (exact !== undefined || !FIELDS.some((one) => one === field)) return exact ?? null;
    return ids[lines.findLastIndex((start) => start < line)] ?? null;
  };
}

/** Cells are repaired in the fields that name an image and where it goes. */
function isRepairable({ repair, field }: Diagnostic): boolean {
  if (!repair) return false;
  if (repair.kind === "row" || repair.kind === "encoding") return true;
  return field === "path" || field === "name" || field === "folder";
}

/** Makes one repair: `number` is `SheetProblem.repair` of `found`. `UserError` `REPAIR_GONE` where there is none. */
export async function repairProblem(
  draft: Draft,
  base: number,
  { found, number, load }: { found: readonly Diagnostic[]; number: number; load: Checks["load"] },
): Promise<SheetChange> {
  draft.expectRevision(base);
  const problem = found[number];
  if (!problem || !isRepairable(problem)) throw repairGone();
  const { bytes, manifest } = draft.now;
  let diagnostics = [problem];
  const once = async (): Promise<ParsedManifest> => {
    const passed = { manifest, diagnostics };
    diagnostics = [];
    return passed;
  };
  const repaired = await repairManifest(draft.file, bytes, load, once);
  if (repaired.changes.length === 0) throw repairGone();
  return draft.replace(base, repaired.bytes, "repair");
}

function repairGone(): UserError {
  return new UserError("REPAIR_GONE", "there is nothing to repair here any more", {
    hint: "look at the problems as they are now",
  });
}

/** What repairing all would do, pass by pass; the draft stays as it is. */
export async function listRepairs(draft: Draft, checks: Checks): Promise<RepairsDocument> {
  const { revision } = draft;
  const { changes } = await repairAll(draft, checks);
  return {
    version: 1,
    revision,
    changes: changes.map(({ line, field, from, to }) => ({ line, field, from, to })),
  };
}

/** Makes all exact repairs, one entry of undo. */
export async function repairProblems(
  draft: Draft,
  base: number,
  checks: Checks,
): Promise<SheetChange> {
  draft.expectRevision(base);
  const { bytes, changes } = await repairAll(draft, checks);
  if (changes.length === 0) throw repairGone();
  return draft.replace(base, bytes, plural(changes.length, "repair"));
}

async function repairAll(
  draft: Draft,
  { load, inspect }: Checks,
): Promise<{ bytes: Uint8Array; changes: readonly Change[] }> {
  return repairManifest(draft.file, draft.now.bytes, load, inspect);
}
