import { dirname } from "node:path";
import type { Ledger, LedgerView } from "../ledger/ledger.ts";
import { readLedger } from "../ledger/read-ledger.ts";
import type { Target } from "../plan/target.ts";
import { UserError } from "../user-error.ts";
import { findShardLedgers, openWholeLedger } from "./job-ledger.ts";
import type { OpenedManifest } from "./open-job.ts";
import { displayPath, type Paths } from "./paths.ts";
import { resolveTarget } from "./service.ts";
import { readUserSettings } from "./user-settings.ts";

/** A manifest's ledger, to be read; a `UserError` where there is none. */
export function readRecord(paths: Paths, cwd: string): LedgerView {
  const ledger = readLedger(paths.ledger);
  if (ledger) return ledger;
  throw nothingRecorded(`no ledger at ${displayPath(paths.ledger, cwd)}`, paths, cwd);
}

/** The same, to be changed: nothing is created. */
export function openRecord(paths: Paths, cwd: string): Ledger {
  readRecord(paths, cwd).close();
  return openWholeLedger(paths.ledger);
}

/** For jobs that read the record of a manifest that no run was about. */
export function noRunRecorded(paths: Paths, cwd: string): UserError {
  const ledger = displayPath(paths.ledger, cwd);
  return nothingRecorded(`the ledger ${ledger} holds no run of this manifest`, paths, cwd);
}

function nothingRecorded(message: string, paths: Paths, cwd: string): UserError {
  const sandbox = dirname(paths.ledger) === paths.sandboxStore ? " --sandbox" : "";
  const hint =
    findShardLedgers(paths.ledger).length > 0
      ? `run \`qgfx merge ${displayPath(paths.manifest, cwd)}${sandbox}\` first: ledgers of shards stand beside it`
      : "run `qgfx apply` first, or name the ledger with --ledger (--sandbox for the sandbox's own)";
  return new UserError("NOTHING_RECORDED", message, { hint });
}

/** The library that a manifest's record is about. */
export type RecordedTarget = Pick<Target, "service" | "library" | "host">;

/** The library a manifest's record is about: the one an option names, else that of its last run. */
export function recordedTarget(
  { options, host, paths, manifest }: OpenedManifest,
  ledger: LedgerView,
): RecordedTarget {
  if (options.host !== undefined || options.library !== undefined) {
    return resolveTarget(options, manifest.library, readUserSettings(host));
  }
  const last = ledger.lastRun(paths.manifestKey);
  if (last) return last;
  throw noRunRecorded(paths, host.cwd);
}

/** Gives what `use` makes of a manifest's ledger, open to be read, and of the library its record is about. */
export async function withRecord<T>(
  job: OpenedManifest,
  use: (ledger: LedgerView, target: RecordedTarget) => T | Promise<T>,
): Promise<T> {
  const ledger = readRecord(job.paths, job.host.cwd);
  try {
    return await use(ledger, recordedTarget(job, ledger));
  } finally {
    ledger.close();
  }
}
