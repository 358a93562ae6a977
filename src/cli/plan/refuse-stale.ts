import type { LedgerView } from "../../ledger/open-ledger.ts";
import type { Plan } from "../../plan/build-plan.ts";
import { findPlanChanges, type PlanChange, type PlanState } from "../../plan/saved-plan.ts";
import { escapeText } from "../../render/escape.ts";
import { formatCount, plural } from "../../report/units.ts";
import { UserError } from "../../user-error.ts";
import { displayPath } from "../paths.ts";
import type { Terminal } from "../terminal.ts";
import type { OpenedPlan } from "./open-plan.ts";
import { digestManifest, digestRecorded } from "./plan-digests.ts";
import type { Job } from "./prepare-job.ts";

const MOST_LISTED = 20;

/** Throws PLAN_STALE where anything changed, after saying what; nothing has been sent. */
export function refuseStale(
  plan: OpenedPlan,
  changes: readonly PlanChange[],
  terminal: Terminal,
  cwd: string,
): void {
  if (changes.length === 0) return;
  for (const { message } of changes.slice(0, MOST_LISTED)) terminal.alarm(escapeText(message));
  const more = changes.length - MOST_LISTED;
  if (more > 0) terminal.alarm(`and ${formatCount(more)} more`);
  const { manifest, saved } = plan.document;
  const file = displayPath(plan.file, cwd);
  const sandbox = saved?.baseUrl === null ? " --sandbox" : "";
  throw new UserError(
    "PLAN_STALE",
    `the saved plan ${file} no longer holds: ${plural(changes.length, "change")} since ${saved?.savedAt}`,
    {
      hint: `run \`qgfx plan ${manifest}${sandbox} --out ${file}\` and look at it again; nothing was sent`,
    },
  );
}

/** What is not as it was when the plan was saved. `plan` is the one made now. */
export async function changesSince(
  { document, saved }: OpenedPlan,
  job: Job,
  ledger: LedgerView | undefined,
  plan: Plan,
): Promise<PlanChange[]> {
  const now: PlanState = {
    manifestSha256: await digestManifest(job),
    recordedSha256: digestRecorded(job, ledger, document.actions),
    actions: plan.actions,
  };
  return findPlanChanges({ ...saved, actions: document.actions }, now);
}
