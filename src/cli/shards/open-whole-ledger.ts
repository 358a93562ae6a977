import { refuseHeld } from "../../ledger/keep-runs-out.ts";
import { type Ledger, openLedger } from "../../ledger/open-ledger.ts";
import { UserError } from "../../user-error.ts";
import { processOwner } from "../process-owner.ts";
import { findShardLedgers } from "./shard-files.ts";

/** Opens a ledger that shards may rely on; where the run of one keeps it, the refusal says which. */
export function openWholeLedger(file: string): Ledger {
  try {
    return openLedger(file, processOwner());
  } catch (error) {
    const isLocked = error instanceof UserError && error.code === "LEDGER_LOCKED";
    if (isLocked) for (const shard of findShardLedgers(file)) refuseHeld(shard.file);
    throw error;
  }
}
