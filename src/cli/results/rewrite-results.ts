import { writeResults } from "../../jobs/end-job.ts";
import { readRecord, recordedTarget } from "../../jobs/job-ledger.ts";
import { openManifest } from "../../jobs/open-job.ts";
import { displayPath } from "../../jobs/paths.ts";
import { readRecords } from "../../jobs/row-records.ts";
import { escapeText } from "../../render/escape.ts";
import { EXIT } from "../../report/exit-code.ts";
import type { ResultsWritten } from "../../report/export-formats.ts";
import { ofShardAlone } from "../../report/row-record.ts";
import { plural } from "../../report/units.ts";
import type { CommonOptions } from "../common-options.ts";
import type { HostProcess } from "../host-process.ts";
import type { Terminal } from "../terminal.ts";
import { jobHost } from "../terminal-watcher.ts";

/** Writes a manifest's results CSV from the ledger alone; gives the exit code. */
export async function rewriteResults(
  file: string,
  options: CommonOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<number> {
  const opened = await openManifest(file, options, jobHost(process, terminal, options));
  if (!opened) return EXIT.usage;
  const { manifest, paths } = opened;
  const ledger = readRecord(paths, process.cwd);
  try {
    const target = recordedTarget(opened, ledger);
    const recordOf = readRecords(ledger, target, paths.manifestKey, manifest.rows);
    await writeResults(paths.results, manifest, ofShardAlone(recordOf, options.shard));
  } finally {
    ledger.close();
  }
  const written = displayPath(paths.results, process.cwd);
  const document: ResultsWritten = { version: 1, results: written };
  if (options.json) terminal.product(JSON.stringify(document));
  else terminal.product(`${plural(manifest.rows.length, "row")} written to ${escapeText(written)}`);
  return EXIT.done;
}
