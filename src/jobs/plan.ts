import { resolve } from "node:path";
import type { PlanDocument } from "../plan/plan-document.ts";
import { EXIT } from "../report/exit-code.ts";
import { readJobLedger } from "./job-ledger.ts";
import { describePlan, planJob } from "./job-plan.ts";
import { INVALID, openJob } from "./open-job.ts";
import type { JobOptions, PageOptions } from "./options.ts";
import { resolvePageFile } from "./overwriting.ts";
import { savePlan } from "./saved-plan.ts";
import { optionsToRepeat } from "./trust-plan.ts";
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
  if (!job) return INVALID;
  const page = resolvePageFile(options, job.paths, cwd);
  const ledger = await readJobLedger(job);
  try {
    const policy = options.unknown ?? "hold";
    const built = planJob(job, ledger, policy);
    const { out, rate } = options;
    const document =
      out === undefined
        ? describePlan(job, built)
        : await savePlan(resolve(cwd, out), job, ledger, built, policy);
    watcher.tell({ kind: "plan", purpose: "look", document, rate });
    if (out !== undefined) {
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
