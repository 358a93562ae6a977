import type { LedgerView } from "../ledger/ledger.ts";
import type { ManifestRow, PriorResult } from "../manifest/manifest.ts";
import { buildPlan, describeActions, type Plan } from "../plan/build-plan.ts";
import type { UnknownPolicy } from "../plan/decide-action.ts";
import { buildPlanDocument, type PlanDocument } from "../plan/plan-document.ts";
import type { Recorded } from "../plan/recorded.ts";
import { isInShard } from "../plan/shard.ts";
import type { Target } from "../plan/target.ts";
import { parseHost } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import type { Job } from "./open-job.ts";

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
  return buildPlanDocument(manifest.file, target, describeActions(plan));
}

/** A prior result is elsewhere where its URL or the ledger says that it is of another service or library. */
function elsewhereJudge(
  target: Target,
  ledger: LedgerView | undefined,
): (prior: PriorResult) => boolean {
  let elsewhere: ReadonlySet<string> | undefined;
  const isHere = new Map([["", true]]);
  return ({ url, graphicId }) => {
    const origin = originOf(url);
    if (!isHere.has(origin)) isHere.set(origin, isOfService(origin, target));
    if (!isHere.get(origin)) return true;
    elsewhere ??= ledger?.idsElsewhere(target);
    return elsewhere?.has(graphicId) === true;
  };
}

/** Scheme, host and port; `null`, as `URL` has it, where nobody could have uploaded to what the URL names. */
function originOf(url: string): string {
  if (url === "") return "";
  return URL.canParse(url) ? new URL(url).origin : "null";
}

function isOfService(origin: string, { service, baseUrl }: Target): boolean {
  try {
    const prior = parseHost(origin).service;
    // The embedded sandbox listens on another port each time; its graphics are the same.
    return prior === service || (baseUrl === null && prior.startsWith("loopback:"));
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}
