import { dirname } from "node:path";
import { type LedgerView, readLedger } from "../../ledger/open-ledger.ts";
import { UserError } from "../../user-error.ts";
import type { CommonOptions } from "../common-options.ts";
import { readEnvironment } from "../environment.ts";
import type { HostProcess } from "../host-process.ts";
import { displayPath, type Paths } from "../paths.ts";
import { findShardLedgers } from "../shards/shard-files.ts";
import { resolveTarget, type Target } from "../target.ts";

/** The library a manifest's record is about: the one an option names, else that of its last run. */
export function recordedTarget(
  ledger: LedgerView,
  paths: Paths,
  options: CommonOptions,
  manifestLibrary: string | undefined,
  process: HostProcess,
): Pick<Target, "service" | "library" | "host"> {
  const isNamed = options.host !== undefined || options.library !== undefined;
  if (isNamed) {
    const env = readEnvironment(process.env, process.cwd);
    return resolveTarget(options, manifestLibrary, env);
  }
  const last = ledger.lastRun(paths.manifestKey);
  if (last) return last;
  throw noRunRecorded(paths, process);
}

/** For commands that read the record of a manifest that no run was about. */
export function noRunRecorded(paths: Paths, process: HostProcess): UserError {
  const ledger = displayPath(paths.ledger, process.cwd);
  return nothingRecorded(`the ledger ${ledger} holds no run of this manifest`, paths, process);
}

function nothingRecorded(message: string, paths: Paths, { cwd }: HostProcess): UserError {
  const sandbox = dirname(paths.ledger) === paths.sandboxStore ? " --sandbox" : "";
  const hint =
    findShardLedgers(paths.ledger).length > 0
      ? `run \`qgfx merge ${displayPath(paths.manifest, cwd)}${sandbox}\` first: ledgers of shards stand beside it`
      : "run `qgfx apply` first, or name the ledger with --ledger (--sandbox for the sandbox's own)";
  return new UserError("NOTHING_RECORDED", message, { hint });
}

/** A manifest's ledger, to be read; a `UserError` where there is none. */
export function readRecord(paths: Paths, process: HostProcess): LedgerView {
  const ledger = readLedger(paths.ledger);
  if (ledger) return ledger;
  const place = displayPath(paths.ledger, process.cwd);
  throw nothingRecorded(`no ledger at ${place}`, paths, process);
}
