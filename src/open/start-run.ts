import { applyManifest } from "../jobs/apply.ts";
import { prune, undo } from "../jobs/delete.ts";
import type { DeleteOptions } from "../jobs/options.ts";
import type { JobHost, JobQuestion, JobResult } from "../jobs/watcher.ts";
import { isSent } from "../plan/decide-action.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import type { Action } from "../plan/planned-row.ts";
import { formatQuestion } from "../render/job-text.ts";
import type { DeletionDocument } from "../report/deletion-document.ts";
import { plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import { CollectingWatcher } from "./collecting-watcher.ts";
import { countsChanged } from "./run.ts";
import type { DeletionsDocument, DeletionWanted, RunState, RunWanted } from "./run-api.ts";
import type { Workspace } from "./workspace.ts";

/** Uploads what was shown, and nothing else. */
export async function startUpload(workspace: Workspace, wanted: RunWanted): Promise<RunState> {
  const { sheet, target, checked } = workspace;
  await workspace.expectSaved(wanted.revision);
  const { plan, revision } = checked.plan;
  const shown = revision === wanted.revision ? plan : null;
  const options = sheet.jobOptions(target.jobOptions);
  return workspace.begin("upload", {
    job: (host) => applyManifest(sheet.place.given, options, host),
    agree(question, { plan: planned }) {
      // What is asked for again with its key is in the plan: this is about the others.
      if (question.kind === "send-again") return wanted.unknown === "retry" ? "yes" : "no";
      if (question.kind !== "upload" || !planned) throw countsChanged("something else is asked");
      const { count, target: asked } = question;
      if (count !== wanted.uploads || planned.summary.bytes !== wanted.bytes) {
        throw countsChanged(`${plural(count, "image")} would be uploaded now`);
      }
      if (asked.library !== wanted.library) {
        throw countsChanged(`they would go to library ${asked.library}`);
      }
      if (!isShown(planned, shown)) throw countsChanged("other images would be uploaded");
      return "yes";
    },
  });
}

/** Whether everything that would be sent was in a plan that was shown. */
function isShown({ actions }: PlanDocument, shown: PlanDocument | null): boolean {
  const keyOf = ({ path, name, folder, sha256 }: Action) => [path, name, folder, sha256].join("\0");
  const known = new Set(shown?.actions.filter(({ line }) => line !== null).map(keyOf));
  return actions.filter(isSent).every((action) => known.has(keyOf(action)));
}

/** More than any list that a person reads. */
const ANY_NUMBER = 1_000_000_000;

/** What would be deleted: what one run uploaded, or without one the orphans. */
export async function listDeletions(
  workspace: Workspace,
  run: number | null,
): Promise<DeletionsDocument> {
  workspace.refuseBusy();
  await workspace.expectSaved();
  const watcher = new CollectingWatcher();
  const { document = null } = await workspace.turns.take(() =>
    deletions(workspace, run, ANY_NUMBER)({ ...workspace.jobHost, watcher }),
  );
  workspace.listedDeletions = document;
  return { version: 1, document, others: watcher.others, notes: watcher.notes };
}

/** Deletes what was listed last, and nothing else; what others recorded only where that was said, too. */
export async function startDeletion(
  workspace: Workspace,
  { run, count, others }: DeletionWanted,
): Promise<RunState> {
  await workspace.expectSaved();
  const listed = workspace.listedDeletions;
  return workspace.begin("deletion", {
    job: deletions(workspace, run, count),
    agree(question: JobQuestion, told: CollectingWatcher) {
      if (question.kind === "delete" && question.count === count) {
        if (listed && isListed(told.deletions, listed)) return "yes";
        throw countsChanged("other graphics would be deleted now");
      }
      if (question.kind === "delete-others" && others) return "yes";
      if (question.kind !== "delete-others") {
        throw countsChanged(`${plural(question.count, "graphic")} would be deleted now`);
      }
      throw new UserError("OTHERS_ASKED", formatQuestion(question), {
        hint: "nothing was deleted yet",
      });
    },
  });
}

/** Whether all that would be deleted now was listed. */
function isListed(now: DeletionDocument | undefined, listed: DeletionDocument): boolean {
  const ids = new Set(listed.actions.map(({ graphicId }) => graphicId));
  return now?.actions.every(({ graphicId }) => ids.has(graphicId)) === true;
}

function deletions(
  { sheet, target }: Workspace,
  run: number | null,
  maxDelete: number,
): (host: JobHost) => Promise<JobResult<DeletionDocument>> {
  const { given } = sheet.place;
  const options: DeleteOptions = { ...sheet.jobOptions(target.jobOptions), maxDelete };
  return (host) =>
    run === null ? prune(given, options, host) : undo(given, String(run), options, host);
}
