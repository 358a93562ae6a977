import { resolve } from "node:path";
import type { Ledger } from "../ledger/ledger.ts";
import type { Plan } from "../plan/build-plan.ts";
import type { UnknownPolicy } from "../plan/decide-action.ts";
import { printTarget } from "../plan/target.ts";
import { EXIT } from "../report/exit-code.ts";
import { openJobLedger } from "./job-ledger.ts";
import { INVALID, type Job, knownImages, openJob } from "./open-job.ts";
import type { ApplyOptions } from "./options.ts";
import { resolvePageFile } from "./overwriting.ts";
import { displayPath } from "./paths.ts";
import { describePlan, planJob } from "./plan.ts";
import { runUploads } from "./run-uploads.ts";
import { type OpenedPlan, openSavedPlan, optionsOfPlan, refuseStale } from "./saved-plan.ts";
import { confirm, Interruption, type JobHost, type JobResult, type RunEnd } from "./watcher.ts";

/** Plans a manifest or takes a saved plan, asks, uploads and writes the results. `given`: options the user named. */
export async function apply(
  file: string,
  options: ApplyOptions,
  given: readonly string[],
  host: JobHost,
): Promise<JobResult<RunEnd>> {
  const savedPlan = await openSavedPlan(resolve(host.cwd, file));
  if (!savedPlan) return applyManifest(file, options, host);
  const { refuseUntrusted } = await import("./trust-plan.ts");
  refuseUntrusted(savedPlan, file, options, given, host);
  const manifest = displayPath(savedPlan.manifest, host.cwd);
  const settled = optionsOfPlan(options, savedPlan);
  const job = await openJob(manifest, settled, host);
  if (job) return applyJob(job, savedPlan);
  const text = `the saved plan ${file} no longer holds: its manifest has errors now`;
  host.watcher.tell({ kind: "warning", text });
  return INVALID;
}

/** The same for what is a manifest and no saved plan. */
export async function applyManifest(
  file: string,
  options: ApplyOptions,
  host: JobHost,
): Promise<JobResult<RunEnd>> {
  const job = await openJob(file, options, host);
  return job ? applyJob(job, undefined) : INVALID;
}

/** Plans under the ledger's lock, asks, and runs what was shown. */
async function applyJob(
  job: Job<ApplyOptions>,
  savedPlan: OpenedPlan | undefined,
): Promise<JobResult<RunEnd>> {
  resolvePageFile(job.options, job.paths, job.host.cwd);
  const interruption = new Interruption(job.host);
  try {
    const ledger = openJobLedger(job);
    try {
      const plan = await agreeOnPlan(job, ledger, savedPlan, interruption.signal);
      if (!plan) return { exitCode: EXIT.declined, document: undefined };
      ledger.rememberImages(job.paths.manifestKey, knownImages(job));
      return await runUploads({ job, ledger, plan, interruption });
    } finally {
      ledger.close();
    }
  } finally {
    interruption.end();
  }
}

/** The plan the user agreed to; undefined when declined, or when nobody could be asked. */
async function agreeOnPlan(
  job: Job<ApplyOptions>,
  ledger: Ledger,
  savedPlan: OpenedPlan | undefined,
  signal: AbortSignal,
): Promise<Plan | undefined> {
  const { options, target, host } = job;
  const held = planJob(job, ledger, options.unknown ?? "hold");
  const policy = await choosePolicy(job, held, signal);
  const plan = policy === "hold" ? held : planJob(job, ledger, policy);
  if (savedPlan) await refuseStale(savedPlan, job, ledger, plan);
  const purpose = options.yes ? "run" : "agree";
  const document = describePlan(job, plan);
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
  if (options.unknown) return options.unknown;
  const count = held.rows.filter(({ decision }) => decision.reason === "held").length;
  if (count === 0 || options.yes) return "hold";
  const answer = await host.watcher.ask({ kind: "send-again", count }, signal);
  return answer === "yes" ? "retry" : "hold";
}
