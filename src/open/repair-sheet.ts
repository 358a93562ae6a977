import { inspectManifest, loadBytes, seenImages } from "../jobs/open-job.ts";
import { imageLimits, resolvePaths } from "../jobs/paths.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { repairManifest } from "../manifest/edit/repair-manifest.ts";
import type { ParsedManifest } from "../manifest/manifest.ts";
import { plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import { isRepairable } from "./check-sheet.ts";
import type { Draft } from "./draft.ts";
import type { RepairsDocument, RepairWanted, SheetChange } from "./sheet-api.ts";
import type { Workspace } from "./workspace.ts";

/** How the server reads and checks bytes: `loadBytes` alone, and with `inspectManifest` behind it. */
interface Checks {
  load(bytes: Uint8Array): Promise<ParsedManifest>;
  inspect(bytes: Uint8Array): Promise<ParsedManifest>;
}

/** Makes all exact repairs, or one, as one entry of undo. `UserError` `REPAIR_GONE` where there is none. */
export async function repairDraft(
  draft: Draft,
  base: number,
  { load, inspect }: Checks,
  only?: Diagnostic,
): Promise<SheetChange> {
  draft.expectRevision(base);
  const { bytes, manifest } = draft.now;
  let diagnostics = only && [only];
  const once = async (): Promise<ParsedManifest> => {
    const passed = { manifest, diagnostics: diagnostics ?? [] };
    diagnostics = undefined;
    return passed;
  };
  const repaired = await repairManifest(draft.file, bytes, load, only ? once : inspect);
  const count = repaired.changes.length;
  if (count === 0) throw repairGone();
  return draft.replace(base, repaired.bytes, only ? "repair" : plural(count, "repair"));
}

function repairGone(): UserError {
  return new UserError("REPAIR_GONE", "there is nothing to repair here any more", {
    hint: "look at the problems as they are now",
  });
}

/** What repairing all would do, pass by pass; the draft stays as it is. */
export async function listRepairs(
  draft: Draft,
  { load, inspect }: Checks,
): Promise<RepairsDocument> {
  const { revision, now } = draft;
  const { changes } = await repairManifest(draft.file, now.bytes, load, inspect);
  return {
    version: 1,
    revision,
    changes: changes.map(({ line, field, from, to }) => ({ line, field, from, to })),
  };
}

/** Makes one exact repair of those that were shown (`SheetProblem.repair`), or all there are. */
export function repairSheet(
  workspace: Workspace,
  { base, which }: RepairWanted,
): Promise<SheetChange> {
  const checks = checksOf(workspace);
  return workspace.change((draft) => {
    if (which === "all") return repairDraft(draft, base, checks);
    const { validation, diagnostics } = workspace.checked;
    // The number is of a list: of that one, or of none.
    if (validation.revision !== base) {
      throw new UserError("STALE", "the sheet is being checked", {
        hint: "look at the sheet again",
      });
    }
    const problem = diagnostics[which];
    if (!problem || !isRepairable(problem)) throw repairGone();
    return repairDraft(draft, base, checks, problem);
  });
}

/** What repairing all would do. */
export function listSheetRepairs(workspace: Workspace): Promise<RepairsDocument> {
  return workspace.sheet.look((draft) => listRepairs(draft, checksOf(workspace)));
}

function checksOf({ sheet, target }: Workspace): Checks {
  const { given, path } = sheet.place;
  const options = sheet.jobOptions(target.jobOptions);
  const limits = imageLimits(resolvePaths(path, options, "/"), options);
  const load: Checks["load"] = (bytes) => loadBytes(given, bytes, options);
  const inspect: Checks["inspect"] = async (bytes) => {
    const before = { known: seenImages(sheet.inspections), isTrusted: true };
    return inspectManifest(await load(bytes), limits, before);
  };
  return { load, inspect };
}
