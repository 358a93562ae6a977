import { planPrune } from "../plan/build-deletions.ts";
import type { DeletionDocument } from "../report/deletion-document.ts";
import { deleteGraphics } from "./delete.ts";
import { Interruption } from "./interruption.ts";
import { openRecord } from "./job-ledger.ts";
import { planJob } from "./job-plan.ts";
import { INVALID, openJob } from "./open-job.ts";
import type { DeleteOptions } from "./options.ts";
import type { JobHost, JobResult } from "./watcher.ts";

export interface PruneOptions extends DeleteOptions {
  /** Whether what later uploads took the place of is deleted, too. */
  replaced?: boolean;
}

/** Deletes the orphans of a manifest without errors. */
export async function prune(
  file: string,
  options: PruneOptions,
  host: JobHost,
): Promise<JobResult<DeletionDocument>> {
  const job = await openJob(file, options, host);
  if (!job) return INVALID;
  const ledger = openRecord(job.paths, host.cwd);
  const interruption = new Interruption(host);
  try {
    const { actions } = planJob(job, ledger, "hold");
    const orphans = actions.filter(({ action }) => action === "orphan");
    const graphics = ledger.graphics(job.target, job.paths.manifestKey);
    const deletions = planPrune(graphics, orphans, { includeReplaced: options.replaced === true });
    const context = { job, ledger, interruption, command: "prune", run: null } as const;
    return await deleteGraphics(context, deletions);
  } finally {
    ledger.close();
    interruption.end();
  }
}
