import type { LedgerView } from "../../ledger/open-ledger.ts";
import type { ManifestRow, PriorResult } from "../../manifest/manifest.ts";
import { buildPlan, type Plan } from "../../plan/build-plan.ts";
import type { UnknownPolicy, Wanted } from "../../plan/decide-action.ts";
import { buildPlanDocument, type PlanDocument } from "../../plan/plan-document.ts";
import type { Recorded } from "../../plan/recorded.ts";
import { isInShard } from "../../plan/shard.ts";
import { parseHost } from "../../qualtrics/host.ts";
import type { Target } from "../target.ts";
import type { Job } from "./prepare-job.ts";

const NOTHING_RECORDED: Recorded = { graphics: [], unknowns: [] };

/** Plans a job against what its ledger holds; no ledger yet means nothing is recorded. */
export function planJob(
  job: Job,
  ledger: LedgerView | undefined,
  policy: UnknownPolicy,
  options: { share?: boolean } = {},
): Plan {
  const recorded = readRecorded(job, ledger);
  // A prior result that is recorded here adds nothing; the others are looked up one by one.
  const ids = new Set(recorded.graphics.map(({ graphicId }) => graphicId));
  const isNews = ({ prior }: ManifestRow) => prior !== undefined && !ids.has(prior.graphicId);
  const wanted = job.manifest.rows.flatMap((row, index): Wanted[] => {
    const picture = job.pictures[index];
    if (!picture) return [];
    return [{ row, picture, priorCounts: isNews(row) && priorCounts(row, job.target, ledger) }];
  });
  const settings = { share: options.share === true, others: rowsOfOthers(job) };
  return buildPlan(wanted, recorded, policy, settings);
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
  const names = { host: target.host, library: target.library };
  return buildPlanDocument(manifest.file, names, plan.actions);
}

/** A prior result counts unless its URL or the ledger says it belongs to another service or library. */
function priorCounts(
  { prior }: ManifestRow,
  target: Target,
  ledger: LedgerView | undefined,
): boolean {
  if (!prior || !isOfService(prior, target)) return false;
  return !ledger?.knowsElsewhere(target, prior.graphicId);
}

function isOfService({ url }: PriorResult, target: Target): boolean {
  if (url === "") return true;
  if (!URL.canParse(url)) return false;
  const { service } = parseHost(new URL(url).origin);
  // The embedded sandbox listens on another port each time; its graphics are the same.
  return service === target.service || (target.baseUrl === null && service.startsWith("loopback:"));
}
