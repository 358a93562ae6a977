import { resolve } from "node:path";
import type { Ledger } from "../ledger/ledger.ts";
import type { ManifestRow } from "../manifest/manifest.ts";
import { buildPlan, describeActions, type Plan } from "../plan/build-plan.ts";
import type { UnknownPolicy } from "../plan/decide-action.ts";
import { buildPlanDocument, type PlanDocument } from "../plan/plan-document.ts";
import { printTarget } from "../plan/printed-fields.ts";
import { addressKey } from "../plan/recorded.ts";
import { EXIT } from "../report/summary.ts";
import { plural } from "../report/units.ts";
import { type JobLedger, readJobLedger } from "./job-ledger.ts";
import { assertNamesFit, INVALID, type Job, openJob } from "./open-job.ts";
import type { ApplyOptions, JobOptions, PageOptions } from "./options.ts";
import { resolvePageFile } from "./overwriting.ts";
import { displayManifest } from "./paths.ts";
import type { OpenedPlan } from "./saved-plan.ts";
import { isRepeating, repeatJudge } from "./upload-keys.ts";
import { confirm, type JobHost, type JobResult } from "./watcher.ts";

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
      const { writeFaultyPage } = await import("./page.ts");
      await writeFaultyPage(file, options, host);
    }
    return INVALID;
  }
  const page = resolvePageFile(options, job.paths, cwd);
  await assertNamesFit(job);
  const record = await readJobLedger(job);
  const { ledger, recorded } = record;
  try {
    const policy = policyOf(options);
    const built = planJob(job, record, policy);
    tellShared(job, record);
    const { out, rate } = options;
    let document = describePlan(job, built);
    if (out !== undefined) {
      const { savePlan } = await import("./saved-plan.ts");
      document = await savePlan(resolve(cwd, out), job, recorded, document);
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
    const isPending = built.uploads.length > 0 || document.summary.unknown > 0;
    const exitCode = isPending && options.detailedExitcode ? EXIT.changesPending : EXIT.done;
    return { exitCode, document };
  } finally {
    ledger.close();
  }
}

/** What becomes of uploads without an answer that are not asked for again with their key. */
export function policyOf({ unknown }: Pick<JobOptions, "unknown">): UnknownPolicy {
  return unknown === "retry" ? "retry" : "hold";
}

/** Plans a job against what its ledger holds. */
export function planJob(job: Job, { recorded, taken }: JobLedger, policy: UnknownPolicy): Plan {
  const { keys } = job;
  return buildPlan(job.wanted, recorded, policy, {
    mayRepeat: keys && isRepeating(job.options) ? repeatJudge(keys, Date.now()) : undefined,
    share: job.options.share === true,
    others: rowsOfOthers(job),
    taken,
  });
}

/** Tells which other manifests have recorded the graphics of this one's rows: a change of theirs is one here. */
function tellShared({ paths, host, manifest }: Job, { recorded }: JobLedger): void {
  const { graphics } = recorded;
  const rows = new Set(manifest.rows.map(addressKey));
  const others = new Map<string, number>();
  for (const graphic of graphics) {
    if (graphic.ownedByManifest || !rows.has(addressKey(graphic))) continue;
    others.set(graphic.recordedBy, (others.get(graphic.recordedBy) ?? 0) + 1);
  }
  for (const [key, count] of others) {
    const name = displayManifest(key, paths.ledger, host.cwd);
    const text = `${manifest.file} shares ${plural(count, "image")} with ${name}: a new image under one of their names is new for both`;
    host.watcher.tell({ kind: "note", text });
  }
}

/** Of a shard or a retry sheet: the rows of the whole manifest that are not its own. */
function rowsOfOthers({ whole, manifest }: Job): ManifestRow[] | undefined {
  if (whole.rows.length === manifest.rows.length) return undefined;
  const own = new Set(manifest.rows.map(addressKey));
  return whole.rows.filter((row) => !own.has(addressKey(row)));
}

/** The plan as people and scripts see it. */
function describePlan({ manifest, target }: Job, plan: Plan): PlanDocument {
  return buildPlanDocument(manifest.file, target, describeActions(plan));
}

/** The plan the user agreed to; undefined when declined, or when nobody could be asked. */
export async function agreeOnPlan(
  job: Job<ApplyOptions>,
  record: JobLedger<Ledger>,
  savedPlan: OpenedPlan | undefined,
  signal: AbortSignal,
): Promise<Plan | undefined> {
  const { options, target, host } = job;
  const held = planJob(job, record, policyOf(options));
  // Whoever finds the ledger held at a question wants to know by whom.
  if (held.uploads.length > 0) record.ledger.announce();
  const policy = await choosePolicy(job, held, signal);
  const plan = policy === "hold" ? held : planJob(job, record, policy);
  const document = describePlan(job, plan);
  if (savedPlan) {
    const { refuseStale } = await import("./saved-plan.ts");
    await refuseStale(savedPlan, job, record, document.actions);
  }
  const purpose = options.yes ? "run" : "agree";
  host.watcher.tell({ kind: "plan", purpose, document, rate: options.rate });
  const count = plan.uploads.length;
  if (count === 0 || options.yes) return plan;
  const question = { kind: "upload", count, target: printTarget(target) } as const;
  return (await confirm(host, question, signal)) ? plan : undefined;
}

async function choosePolicy(
  { options, host }: Job<ApplyOptions>,
  held: Plan,
  signal: AbortSignal,
): Promise<UnknownPolicy> {
  if (options.unknown) return policyOf(options);
  const count = held.rows.filter(({ decision }) => decision.reason === "held").length;
  if (count === 0 || options.yes) return "hold";
  const answer = await host.watcher.ask({ kind: "send-again", count }, signal);
  return answer === "yes" ? "retry" : "hold";
}
