import { EXIT } from "../report/exit-code.ts";
import type { HistoryDocument } from "../report/past-run.ts";
import { noRunRecorded, readRecord } from "./job-ledger.ts";
import type { JobOptions } from "./options.ts";
import { displayManifest, resolvePaths } from "./paths.ts";
import type { JobHost, JobResult } from "./watcher.ts";

/** A manifest's runs, each with the manifest as seen from here; the manifest itself need not exist any more. */
export function listRuns(
  file: string,
  options: JobOptions,
  { cwd }: JobHost,
): JobResult<HistoryDocument> {
  const paths = resolvePaths(file, options, cwd);
  const ledger = readRecord(paths, cwd);
  try {
    const runs = ledger.pastRuns(paths.manifestKey);
    if (runs.length === 0) throw noRunRecorded(paths, cwd);
    const nameOf = (key: string) => displayManifest(key, paths.ledger, cwd);
    const shown = runs.map(({ service: _, ...run }) => ({
      ...run,
      manifest: nameOf(run.manifest),
    }));
    return { exitCode: EXIT.done, document: { version: 1, runs: shown } };
  } finally {
    ledger.close();
  }
}
