import { formatHistory } from "../../render/history-text.ts";
import { EXIT } from "../../report/exit-code.ts";
import type { PastRun } from "../../report/past-run.ts";
import type { CommonOptions } from "../common-options.ts";
import type { HostProcess } from "../host-process.ts";
import { displayManifest, resolvePaths } from "../paths.ts";
import { noRunRecorded, readRecord } from "../results/recorded-target.ts";
import type { Terminal } from "../terminal.ts";

/** Lists a manifest's runs; the manifest itself need not exist any more. Gives the exit code. */
export function showHistory(
  file: string,
  options: CommonOptions,
  process: HostProcess,
  terminal: Terminal,
): number {
  const paths = resolvePaths(file, options, process.cwd);
  const ledger = readRecord(paths, process);
  try {
    const runs = ledger.pastRuns(paths.manifestKey);
    if (runs.length === 0) throw noRunRecorded(paths, process);
    const named = runs.map((run) => ({
      ...run,
      manifest: displayManifest(run.manifest, paths.ledger, process.cwd),
    }));
    terminal.product(options.json ? toJson(named) : formatHistory(named));
    return EXIT.done;
  } finally {
    ledger.close();
  }
}

function toJson(runs: readonly PastRun[]): string {
  const shown = runs.map(({ service: _, ...run }) => run);
  return JSON.stringify({ version: 1, runs: shown }, null, 2);
}
