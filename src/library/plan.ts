import { describePlan, planJob } from "../cli/plan/plan-job.ts";
import { readJobLedger } from "../cli/shards/read-job-ledger.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import type { PlanOptions } from "./options.ts";
import { prepare } from "./prepare.ts";

/**
 * What `apply` would do, row by row, then what no row names any more. Nothing is sent or written. Throws `ManifestInvalid`
 * where the manifest has errors and `UserError` for anything else that is yours to put right.
 */
export async function plan(manifest: string, options: PlanOptions = {}): Promise<PlanDocument> {
  const { job, options: common } = await prepare(manifest, options);
  const ledger = await readJobLedger(job);
  try {
    const planned = planJob(job, ledger, common.unknown ?? "hold", common);
    return describePlan(job, planned);
  } finally {
    ledger?.close();
  }
}
