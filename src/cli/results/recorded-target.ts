import { type LedgerView, readLedger } from "../../ledger/open-ledger.ts";
import { UserError } from "../../user-error.ts";
import type { CommonOptions } from "../common-options.ts";
import { readEnvironment } from "../environment.ts";
import type { HostProcess } from "../host-process.ts";
import { displayPath, type Paths } from "../paths.ts";
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
  throw nothingRecorded(
    `the ledger ${displayPath(paths.ledger, process.cwd)} holds no run of this manifest`,
  );
}

/** For commands that read the record where there is none. */
export function nothingRecorded(message: string): UserError {
  return new UserError("NOTHING_RECORDED", message, {
    hint: "run `qgfx apply` first, or name the ledger with --ledger (--sandbox for the sandbox's own)",
  });
}

/** A manifest's ledger, to be read; a `UserError` where there is none. */
export function readRecord(paths: Paths, process: HostProcess): LedgerView {
  const ledger = readLedger(paths.ledger);
  if (ledger) return ledger;
  throw nothingRecorded(`no ledger at ${displayPath(paths.ledger, process.cwd)}`);
}
