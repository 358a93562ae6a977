import { inspectManifest, loadBytes, seenImages } from "../jobs/open-job.ts";
import { imageLimits, resolvePaths } from "../jobs/paths.ts";
import { UserError } from "../user-error.ts";
import type { Edits, RepairsDocument, SaveConflicts, SheetChange, SheetDocument } from "./api.ts";
import type { Draft } from "./draft.ts";
import { type Checks, listRepairs, repairProblem, repairProblems } from "./draft-problems.ts";
import { notFound, refusal } from "./reply.ts";
import type { RepairWanted, SaveWanted } from "./sheet-api.ts";
import type { Workspace } from "./workspace.ts";

/** Makes edits, one entry of undo. */
export function editSheet(workspace: Workspace, edits: Edits): Promise<SheetChange> {
  return workspace.change((draft) => draft.apply(edits));
}

/** Takes the last action back, or makes it again. */
export function stepSheet(
  workspace: Workspace,
  step: "undo" | "redo",
  base: number,
): Promise<SheetChange> {
  return workspace.change((draft) => draft[step](base));
}

/** Makes one exact repair of those that were shown, or all there are. */
export function repairSheet(
  workspace: Workspace,
  { base, which }: RepairWanted,
): Promise<SheetChange> {
  const checks = checksOf(workspace);
  return workspace.change((draft: Draft) => {
    if (which === "all") return repairProblems(draft, base, checks);
    const { validation, diagnostics: found } = workspace.checked;
    // The number is of a list: of that one, or of none.
    if (validation.revision !== base) throw refusal("STALE", "the sheet is being checked");
    return repairProblem(draft, base, { found, number: which, load: checks.load });
  });
}

/** What repairing all would do. */
export function listSheetRepairs(workspace: Workspace): Promise<RepairsDocument> {
  return workspace.sheet.look((draft) => listRepairs(draft, checksOf(workspace)));
}

/** Writes the draft to its file, or gives what must be decided first. */
export async function saveSheet(
  workspace: Workspace,
  { base, conflicts = [] }: SaveWanted,
): Promise<SheetChange | SaveConflicts> {
  workspace.refuseBusy();
  const saved = await workspace.sheet.save(base, conflicts);
  if (!("conflicts" in saved)) workspace.tellChange(saved);
  return saved;
}

/** Reads another sheet of the open workbook, whose draft holds no changes. */
export async function readOtherSheet(workspace: Workspace, name: string): Promise<SheetDocument> {
  const { sheet } = workspace;
  if (!sheet.document.workbook?.sheets.includes(name)) throw notFound(`sheet '${name}'`);
  if (sheet.head.isChanged) {
    throw new UserError("UNSAVED", "the sheet has changes that are not saved", {
      hint: "save it first",
    });
  }
  return workspace.reload(name);
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
