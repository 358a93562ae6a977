import { resolve } from "node:path";
import type { LedgerView } from "../ledger/ledger.ts";
import type { ManifestRow, PriorResult } from "../manifest/manifest.ts";
import { buildPlan, describeActions, type Plan } from "../plan/build-plan.ts";
import type { UnknownPolicy } from "../plan/decide-action.ts";
import { buildPlanDocument, type PlanDocument } from "../plan/plan-document.ts";
import { isInShard } from "../plan/shard.ts";
import type { Target } from "../plan/target.ts";
import { parseHost } from "../qualtrics/host.ts";
import { EXIT } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { readJobLedger, readRecorded } from "./job-ledger.ts";
import { INVALID, type Job, openJob } from "./open-job.ts";
import type { JobOptions, PageOptions } from "./options.ts";
import { resolvePageFile } from "./paths.ts";
import type { JobHost, JobResult } from "./watcher.ts";

export interface PlanOptions extends JobOptions, PageOptions {
  /** Where the plan is saved; nowhere without. */
  out?: string;
  /** Whether the exit code tells of changes. */
  detailedExitcode?: boolean;
}

/** Tells what apply would do, and writes it where the options say; sends and records nothing. */
export async function plan(
  file: string,
  options: PlanOptions,
  host: JobHost,
): Promise<JobResult<PlanDocument>> {
  const { cwd, watcher } = host;
  const job = await openJob(file, options, host);
  if (!job) {
    if (options.html !== undefined) {
      const { writeFaultyPage } = await import("./faulty-page.ts");
      await writeFaultyPage(file, options, host);
    }
    return INVALID;
  }
  const page = resolvePageFile(options, job.paths, cwd);
  const ledger = await readJobLedger(job);
  try {
    const policy = options.unknown ?? "hold";
    const built = planJob(job, ledger, policy);
    const { out, rate } = options;
    let document = describePlan(job, built);
    if (out !== undefined) {
      const { savePlan } = await import("./saved-plan.ts");
      document = await savePlan(resolve(cwd, out), job, ledger, document, policy);
    }
    watcher.tell({ kind: "plan", purpose: "look", document, rate });
    if (out !== undefined) {
      const { optionsToRepeat } = await import("./trust-plan.ts");
      const again = `qgfx apply ${out}${optionsToRepeat(job.paths, cwd)}`;
      watcher.tell({ kind: "note", text: `saved to ${out}; \`${again}\` does exactly this` });
    }
    if (page !== undefined) {
      const { preparePage } = await import("./page.ts");
      await preparePage(page, job, built, ledger)();
    }
    const isPending = built.uploads.length > 0;
    const exitCode = isPending && options.detailedExitcode ? EXIT.changesPending : EXIT.done;
    return { exitCode, document };
  } finally {
    ledger?.close();
  }
}

/** Plans a job against what its ledger holds; no ledger yet means nothing is recorded. */
export function planJob(job: Job, ledger: LedgerView | undefined, policy: UnknownPolicy): Plan {
  return buildPlan(job.wanted, readRecorded(job, ledger), policy, {
    share: job.options.share === true,
    others: rowsOfOthers(job),
    isElsewhere: elsewhereJudge(job.target, ledger),
  });
}

function rowsOfOthers({ whole, options }: Job): ManifestRow[] | undefined {
  const { shard } = options;
  return shard && whole.rows.filter((row) => !isInShard(row, shard));
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
