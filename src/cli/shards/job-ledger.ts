import { existsSync } from "node:fs";
import { refuseHeld } from "../../ledger/keep-runs-out.ts";
import { type Ledger, openLedger } from "../../ledger/open-ledger.ts";
import type { Job } from "../plan/prepare-job.ts";
import { processOwner } from "../process-owner.ts";
import { openWholeLedger } from "./open-whole-ledger.ts";
import { otherSplits, refuseConflicts, refuseUnmerged } from "./read-job-ledger.ts";

/**
 * Opens a job's ledger for a run. A shard's takes in first what the whole manifest's ledger knows. A UserError where
 * others might send the same rows: `LEDGER_LOCKED` while their run goes on, at its question too, `SHARDS_NOT_MERGED`
 * where they uploaded what this ledger has not heard of.
 *
 * Nothing needs to be checked again before the first byte, for what was found stays so until `close`:
 *
 * - A shard shares the lock on the whole manifest's ledger for its whole run, and a run of that ledger has it alone.
 *   So nobody changes what the shard took in, and shards of one split, which have no row in common, run side by side.
 * - Two splits: each run first holds a ledger of its own, which others find by its name, and then looks whether those
 *   of other splits are held. Of two runs the one that came to hold its ledger later sees the other's; in the same
 *   instant each may see the other's, and both are refused. A run that has ended recorded what it sent before it let
 *   go, and the record is read after the look.
 *
 * The kernel takes these locks back when their process ends: a killed run keeps nobody out, and what it recorded counts.
 */
export function openJobLedger(job: Job): Ledger {
  const ledger = job.shard ? openShardLedger(job) : openWholeLedger(job.paths.ledger);
  try {
    if (job.shard) {
      for (const { file } of otherSplits(job)) refuseHeld(file);
      takeInWhole(job, ledger);
    }
    refuseUnmerged(job, ledger);
    return ledger;
  } catch (error) {
    ledger.close();
    throw error;
  }
}

function openShardLedger({ paths }: Job): Ledger {
  return openLedger(paths.ledger, processOwner(), paths.whole.ledger);
}

function takeInWhole(job: Job, ledger: Ledger): void {
  const { whole, manifestKey } = job.paths;
  if (!existsSync(whole.ledger)) return;
  const options = { manifest: manifestKey, onConflict: "refuse" } as const;
  refuseConflicts(job, ledger.merge([whole.ledger], options).conflicts);
}
