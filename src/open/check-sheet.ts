import { plan } from "../jobs/plan.ts";
import type { JobHost } from "../jobs/watcher.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { Inspection } from "../manifest/image.ts";
import { isSent } from "../plan/decide-action.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import { parseHost } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import type { PlanState, Refusal, ValidationDocument } from "./api.ts";
import { CollectingWatcher } from "./collecting-watcher.ts";
import { problemsOf } from "./draft-problems.ts";
import type { SheetState } from "./draft-rows.ts";
import { refusalOf } from "./hints.ts";
import type { OpenSheet } from "./open-sheet.ts";
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
  const { revision, state } = sheet;
  const ids = sheet.rowIds();
  const watcher = new CollectingWatcher();
  const options = sheet.jobOptions(target.jobOptions);
  let problem: Refusal["error"] | null = state.problem && refusalOf(state.problem);
  try {
    await plan(sheet.place.given, options, { ...host, draft: sheet.draft, watcher });
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
      oldPictures: oldPicturesOf(target, planned),
      notes,
      problem,
    },
    diagnostics,
  };
}

/** What a page can show of the graphics that a plan replaces, and of its orphans; null: there is no plan. */
function oldPicturesOf(target: TargetChoice, plan: PlanDocument | null): PlanState["oldPictures"] {
  if (!plan) return null;
  const origin = target.isSandbox ? null : parseHost(plan.target.host).baseUrl;
  return { isShown: target.fetchesOld, origin };
}

/** What is known of the rows' files. */
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
