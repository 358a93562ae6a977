import { plan } from "../jobs/plan.ts";
import type { JobHost } from "../jobs/watcher.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { fieldsOf } from "../manifest/header.ts";
import type { Inspection } from "../manifest/image.ts";
import { FIELDS, type Manifest } from "../manifest/manifest.ts";
import { isSent } from "../plan/decide-action.ts";
import { parseHost } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import { CollectingWatcher } from "./collecting-watcher.ts";
import { hintHere, refusalOf } from "./hints.ts";
import type { OpenSheet } from "./open-sheet.ts";
import type { PlanState, Refusal, SheetProblem, ValidationDocument } from "./sheet-api.ts";
import type { SheetState } from "./sheet-state.ts";
import type { TargetChoice } from "./target-choice.ts";

/** What is found of a sheet at one revision. */
export interface Checked {
  validation: ValidationDocument;
  plan: PlanState;
  /** The problems as the rules give them, in the same order. */
  diagnostics: readonly Diagnostic[];
}

const MS_A_MINUTE = 60_000;
/** Of a hash: enough to tell an image from the one that was there before. */
const MARK_LENGTH = 12;

/** Before the first check. */
export const UNCHECKED: Checked = {
  validation: { version: 1, revision: 0, diagnostics: [], images: {} },
  plan: {
    version: 1,
    revision: 0,
    plan: null,
    rows: [],
    shortestMs: 0,
    oldPictures: null,
    notes: [],
    problem: null,
  },
  diagnostics: [],
};

/** Checks a sheet as it stands and plans its upload, as one job: its images are looked into once. */
export async function checkSheet(
  sheet: OpenSheet,
  target: TargetChoice,
  host: Omit<JobHost, "watcher">,
): Promise<Checked> {
  const { revision, now: state } = sheet.draft;
  const ids = sheet.rowIds();
  const watcher = new CollectingWatcher();
  const options = sheet.jobOptions(target.jobOptions);
  let problem: Refusal["error"] | null = state.problem && refusalOf(state.problem);
  try {
    await plan(sheet.place.given, options, { ...host, draft: sheet.jobDraft, watcher });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problem ??= refusalOf(error);
  }
  const { diagnostics, plan: planned = null, notes } = watcher;
  const rows = planned?.actions.map(({ line }) => ids.get(line ?? 0) ?? null) ?? [];
  const requests = planned?.actions.filter(isSent).length ?? 0;
  const shortestMs = (requests / options.rate) * MS_A_MINUTE;
  return {
    validation: {
      version: 1,
      revision,
      diagnostics: problemsOf(state, diagnostics),
      images: imagesOf(state, sheet.inspections),
    },
    plan: {
      version: 1,
      revision,
      plan: planned,
      rows,
      shortestMs,
      oldPictures: planned && {
        isShown: target.fetchesOld,
        origin: target.isSandbox ? null : parseHost(planned.target.host).baseUrl,
      },
      notes,
      problem,
    },
    diagnostics,
  };
}

function imagesOf(
  { manifest, ids }: SheetState,
  inspections: ReadonlyMap<string, Inspection>,
): ValidationDocument["images"] {
  const images: ValidationDocument["images"] = {};
  for (const [index, { path }] of (manifest?.rows ?? []).entries()) {
    const found = inspections.get(path);
    if (!found || !("image" in found)) continue;
    const { contentType: type, widthPx, heightPx, sizeBytes, sha256 } = found.image;
    const mark = sha256.slice(0, MARK_LENGTH);
    images[ids[index] ?? 0] = { path, type, widthPx, heightPx, sizeBytes, mark };
  }
  return images;
}

/**
 * What was found of a state of the draft, at its rows and cells. A problem's `repair` is its position in `found`: give the
 * same list to `repairSheet`.
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

/** Whether `repairSheet` can mend it: cells are repaired in the fields that name an image and where it goes. */
export function isRepairable({ repair, field }: Diagnostic): boolean {
  if (!repair) return false;
  if (repair.kind === "row" || repair.kind === "encoding") return true;
  return field === "path" || field === "name" || field === "folder";
}
