import type { Ledger } from "../../ledger/open-ledger.ts";
import type { Plan } from "../../plan/build-plan.ts";
import type { UnknownPolicy } from "../../plan/decide-action.ts";
import { formatPlan } from "../../render/plan-text.ts";
import type { Progress } from "../../render/progress.ts";
import { EXIT } from "../../report/exit-code.ts";
import { plural } from "../../report/units.ts";
import { ask, canAsk } from "../ask.ts";
import type { CommonOptions } from "../common-options.ts";
import type { HostProcess } from "../host-process.ts";
import type { HtmlOptions } from "../page/html-options.ts";
import type { OpenedPlan } from "../plan/open-plan.ts";
import { describePlan, planJob } from "../plan/plan-job.ts";
import { type Job, knownImages } from "../plan/prepare-job.ts";
import { changesSince, refuseStale } from "../plan/refuse-stale.ts";
import type { Terminal } from "../terminal.ts";
import type { Interruption } from "./interruption.ts";
import { type RunEnd, runPlan } from "./run-plan.ts";

export interface ApplyOptions extends CommonOptions, HtmlOptions {
  yes?: boolean;
  /** Rows that go first and are fetched back. */
  canary?: number;
  maxFailures?: number;
}

/** What the steps of one apply share. */
export interface ApplyContext {
  job: Job;
  options: ApplyOptions;
  process: HostProcess;
  terminal: Terminal;
  interruption: Interruption;
  /** The saved plan that is applied, if one is. */
  savedPlan?: OpenedPlan | undefined;
  /** Who watches; without one the options and the terminal decide. */
  progress?: Progress | undefined;
  /** Told how the run ended, once everything is written. */
  onEnd?: ((end: RunEnd) => void) | undefined;
}

/** Plans under the ledger's lock, asks, and runs what was shown; gives the exit code. */
export async function applyJob(context: ApplyContext): Promise<number> {
  const { openJobLedger } = await import("../shards/job-ledger.ts");
  const ledger = openJobLedger(context.job);
  try {
    const plan = await agreeOnPlan(context, ledger);
    if (!plan) return EXIT.declined;
    ledger.rememberPictures(context.job.paths.manifestKey, knownImages(context.job));
    return await runPlan(context, ledger, plan);
  } finally {
    ledger.close();
  }
}

/** The plan the user agreed to; undefined when declined, or when nobody could be asked. */
async function agreeOnPlan(context: ApplyContext, ledger: Ledger): Promise<Plan | undefined> {
  const { job, options, terminal } = context;
  const held = planJob(job, ledger, options.unknown ?? "hold", options);
  const policy = await choosePolicy(context, held);
  const plan = policy === "hold" ? held : planJob(job, ledger, policy, options);
  await checkSavedPlan(context, ledger, plan);
  const detail = options.yes ? "risks" : "changes";
  const view = { style: terminal.errStyle, ratePerMinute: options.rate, detail } as const;
  terminal.note(formatPlan(describePlan(job, plan), view));
  if (plan.uploads.length === 0 || options.yes) return plan;
  return (await isConfirmed(context, plan)) ? plan : undefined;
}

async function checkSavedPlan(context: ApplyContext, ledger: Ledger, plan: Plan): Promise<void> {
  const { savedPlan, job, terminal, process } = context;
  if (!savedPlan) return;
  const changes = await changesSince(savedPlan, job, ledger, plan);
  refuseStale(savedPlan, changes, terminal, process.cwd);
}

async function choosePolicy(context: ApplyContext, held: Plan): Promise<UnknownPolicy> {
  const { options, process, interruption } = context;
  if (options.unknown) return options.unknown;
  const count = held.actions.filter(({ reason }) => reason === "held").length;
  if (count === 0 || options.yes || !canAsk(process)) return "hold";
  const question = `${plural(count, "earlier upload")} got no answer and may be in the library already. Send again, which may make duplicates?`;
  return (await ask(question, process, interruption.signal)) ? "retry" : "hold";
}

async function isConfirmed(context: ApplyContext, plan: Plan): Promise<boolean> {
  const { process, terminal, job, interruption } = context;
  const what = `upload ${plural(plan.uploads.length, "picture")} to library ${job.target.library} on ${job.target.host}`;
  if (!canAsk(process)) {
    terminal.alarm(`confirmation needed to ${what}\n    give --yes to go ahead without a question`);
    return false;
  }
  const isYes = await ask(`${what}?`, process, interruption.signal);
  if (!isYes) terminal.note("nothing was sent");
  return isYes;
}
