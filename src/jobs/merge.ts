import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerConflict, LedgerMerge } from "../ledger/records.ts";
import { addressKey } from "../plan/recorded.ts";
import { EXIT, exitCodeOf } from "../report/exit-code.ts";
import type { MergeConflict, MergeDocument } from "../report/merge-document.ts";
import { summarizeRun } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { JobEnd, writeRetry } from "./end-job.ts";
import { findShardLedgers, openWholeLedger, recordedTarget } from "./job-ledger.ts";
import { INVALID, type OpenedManifest, openManifest } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { displayPath } from "./paths.ts";
import type { JobHost, JobResult } from "./watcher.ts";

export interface MergeOptions extends JobOptions {
  /** The ledgers to take in; those of the shards beside the manifest's where none is named. */
  ledgers?: string[];
  /** Whether of two current graphics the later upload is kept. */
  latest?: boolean;
}

interface Merging extends OpenedManifest<MergeOptions> {
  /** The ledgers to take in. */
  files: readonly string[];
}

/** Puts the shards' ledgers into the manifest's own and writes the results. */
export async function mergeShards(
  file: string,
  options: MergeOptions,
  host: JobHost,
): Promise<JobResult<MergeDocument>> {
  const opened = await openManifest(file, options, host);
  if (!opened) return INVALID;
  const jobEnd = new JobEnd(opened);
  const document = await mergeInto({ ...opened, files: chooseLedgers(opened) }, jobEnd);
  const { summary, conflicts, merged: isMerged } = document;
  if (conflicts.length > 0) host.watcher.tell({ kind: "conflicts", conflicts, isMerged });
  jobEnd.tell();
  const exitCode = summary ? jobEnd.exitCodeAfter(exitCodeOf(summary, undefined)) : EXIT.usage;
  return { exitCode, document, defect: jobEnd.defect };
}

function chooseLedgers({ paths, options, host }: OpenedManifest<MergeOptions>): string[] {
  const { ledger } = paths;
  const { ledgers } = options;
  const { cwd } = host;
  const files = ledgers
    ? ledgers.map((one) => resolve(cwd, one))
    : findShardLedgers(ledger).map((found) => found.file);
  const missing = files.find((one) => !existsSync(one));
  if (missing !== undefined) {
    throw new UserError("LEDGER_MISSING", `there is no ledger ${displayPath(missing, cwd)}`, {
      hint: "name the ledgers of the shards with --ledgers",
    });
  }
  const others = files.filter((one) => one !== ledger);
  if (others.length > 0) return others;
  throw new UserError(
    "NOTHING_TO_MERGE",
    `no ledger of a shard stands beside ${displayPath(ledger, cwd)}`,
    { hint: "run `qgfx apply … --shard 1/2` first, or name the ledgers with --ledgers" },
  );
}

async function mergeInto(merging: Merging, jobEnd: JobEnd): Promise<MergeDocument> {
  const { paths, files, options } = merging;
  const ledger = openWholeLedger(paths.ledger);
  try {
    const onConflict = options.latest ? "latest" : "refuse";
    const merge = ledger.merge(files, { manifest: paths.manifestKey, onConflict });
    const written = merge.isMerged ? await writeMerged(merging, ledger, jobEnd) : NOTHING_WRITTEN;
    return describeMerge(merging, merge, written);
  } finally {
    ledger.close();
  }
}

/** How the rows stand after a merge, and where the results say so. */
type Written = Pick<MergeDocument, "summary" | "results">;

const NOTHING_WRITTEN: Written = { summary: null, results: null };

async function writeMerged(merging: Merging, ledger: Ledger, jobEnd: JobEnd): Promise<Written> {
  const { manifest, paths, host } = merging;
  const recordOf = ledger.rowRecords(recordedTarget(merging, ledger), paths.manifestKey);
  const areWritten = await jobEnd.writeResults(() => recordOf);
  await jobEnd.take(async () => void (await writeRetry(merging, recordOf)));
  const summary = summarizeRun(manifest.rows.map((row) => recordOf(row).status));
  return { summary, results: areWritten ? displayPath(paths.results, host.cwd) : null };
}

function describeMerge(
  { manifest, paths, files, host }: Merging,
  { isMerged, added, conflicts }: LedgerMerge,
  written: Written,
): MergeDocument {
  const display = (path: string) => displayPath(path, host.cwd);
  const lines = new Map(manifest.rows.map((row) => [addressKey(row), row.line]));
  return {
    version: 1,
    merged: isMerged,
    ledger: display(paths.ledger),
    ledgers: files.map(display),
    added,
    conflicts: conflicts.map((one) => describeConflict(one, lines, display)),
    ...written,
  };
}

function describeConflict(
  { library, folder, name, graphics }: LedgerConflict,
  lines: ReadonlyMap<string, number>,
  display: (path: string) => string,
): MergeConflict {
  const line = lines.get(addressKey({ folder, name })) ?? null;
  const shown = graphics.map((graphic) => ({ ...graphic, ledger: display(graphic.ledger) }));
  return { line, library, folder, name, graphics: shown };
}
