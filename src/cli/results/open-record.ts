import type { Ledger } from "../../ledger/open-ledger.ts";
import type { HostProcess } from "../host-process.ts";
import type { Paths } from "../paths.ts";
import { openWholeLedger } from "../shards/open-whole-ledger.ts";
import { readRecord } from "./recorded-target.ts";

/** A manifest's ledger, to be changed; a `UserError` where there is none, for nothing is created. */
export function openRecord(paths: Paths, process: HostProcess): Ledger {
  readRecord(paths, process).close();
  return openWholeLedger(paths.ledger);
}
