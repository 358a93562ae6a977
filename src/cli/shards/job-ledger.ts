import { existsSync } from "node:fs";
import { type Ledger, openLedger } from "../../ledger/open-ledger.ts";
import type { Job } from "../plan/prepare-job.ts";
import { processOwner } from "../process-owner.ts";
import { refuseConflicts, refuseUnmerged } from "./read-job-ledger.ts";

/**
 * Opens a job's ledger for a run. A shard's takes in first what the whole manifest's ledger knows. A UserError
 * (`SHARDS_NOT_MERGED`) where other shards uploaded what this ledger has not heard of: it would be sent again.
 */
export function openJobLedger(job: Job): Ledger {
  const { ledger: file, whole, manifestKey } = job.paths;
  const ledger = openLedger(file, processOwner());
  try {
    if (job.shard && existsSync(whole.ledger)) {
      const options = { manifest: manifestKey, onConflict: "refuse" } as const;
      refuseConflicts(job, ledger.merge([whole.ledger], options).conflicts);
    }
    refuseUnmerged(job, ledger);
    return ledger;
  } catch (error) {
    ledger.close();
    throw error;
  }
}
