import type { LedgerView } from "../ledger/open-ledger.ts";
import type { ManifestRow, PriorResult } from "../manifest/manifest.ts";
import { buildPlan, type Plan } from "../plan/build-plan.ts";
import type { UnknownPolicy } from "../plan/decide-action.ts";
import { buildPlanDocument, type PlanDocument } from "../plan/plan-document.ts";
import type { Recorded } from "../plan/recorded.ts";
import { isInShard } from "../plan/shard.ts";
import { parseHost } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import type { Job } from "./open-job.ts";
import type { Target } from "./target.ts";

const NOTHING_RECORDED: Recorded = { graphics: [], past: [], unknowns: [] };

/** Plans a job against what its ledger holds; no ledger yet means nothing is recorded. */
export function planJob(job: Job, ledger: LedgerView | undefined, policy: UnknownPolicy): Plan {
  const { manifest, images, target } = job;
  const wanted = manifest.rows.flatMap((row, index) => {
    const image = images[index];
    return image ? [{ row, image }] : [];
  });
  return buildPlan(wanted, readRecorded(job, ledger), policy, {
    share: job.options.share === true,
    others: rowsOfOthers(job),
    isElsewhere: elsewhereJudge(target, ledger),
  });
}

function rowsOfOthers({ shard }: Job): ManifestRow[] | undefined {
  return shard?.whole.rows.filter((row) => !isInShard(row, shard.part));
}

/** What the ledger holds of the job's library; nothing where there is no ledger yet. */
export function readRecorded({ target, paths }: Job, ledger: LedgerView | undefined): Recorded {
  return ledger?.recorded(target, paths.manifestKey) ?? NOTHING_RECORDED;
}

/** The plan as people and scripts see it. */
export function describePlan({ manifest, target }: Job, plan: Plan): PlanDocument {
  return buildPlanDocument(manifest.file, target, plan.actions);
}

/** A prior result is elsewhere where its URL or the ledger says that it is of another service or library. */
function elsewhereJudge(
  target: Target,
  ledger: LedgerView | undefined,
): (prior: PriorResult) => boolean {
  const isOfService = serviceJudge(target);
  const hasOthers = ledger?.hasOtherTargets(target) ?? false;
  return ({ url, graphicId }) => {
    if (!isOfService(url)) return true;
    return hasOthers && ledger?.knowsElsewhere(target, graphicId) === true;
  };
}

/** Scheme, host and port of a URL that its path cannot change; of a million rows most have the same. */
const PLAIN_ORIGIN = /^https?:\/\/[a-z0-9.:-]+\//i;

function serviceJudge(target: Target): (url: string) => boolean {
  const known = new Map<string, boolean>();
  return (url) => {
    const [origin] = PLAIN_ORIGIN.exec(url) ?? [];
    if (origin === undefined) return isOfService(url, target);
    let judged = known.get(origin);
    if (judged === undefined) {
      judged = isOfService(origin, target);
      known.set(origin, judged);
    }
    return judged;
  };
}

function isOfService(url: string, target: Target): boolean {
  if (url === "") return true;
  const service = serviceOf(url);
  if (service === undefined) return false;
  // The embedded sandbox listens on another port each time; its graphics are the same.
  return service === target.service || (target.baseUrl === null && service.startsWith("loopback:"));
}

/** Undefined where nobody could have uploaded to what the URL names. */
function serviceOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  try {
    return parseHost(new URL(url).origin).service;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
