import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Ledger, LedgerMerge } from "../ledger/ledger.ts";
import { shardsIn } from "../ledger/merge-ledgers.ts";
import { addressKey } from "../plan/recorded.ts";
import { formatShard, parseShard, type Shard } from "../plan/shard.ts";
import type { MergeConflict, MergeDocument } from "../report/ledger-documents.ts";
import { EXIT, exitCodeOf, summarizeRun } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { JobEnd, writeRetry } from "./end-job.ts";
import { openWholeLedger } from "./job-ledger.ts";
import { INVALID, type OpenedManifest, openManifest } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { displayPath, findShardFiles, ofShard, shardInName } from "./paths.ts";
import { recordedTarget } from "./record.ts";
import type { JobHost, JobResult } from "./watcher.ts";

export interface MergeOptions extends JobOptions {
  /** The ledgers to take in; those of the shards beside the manifest's where none is named. */
  ledgers?: string[];
  /** Whether of two current graphics the later upload is kept. */
  latest?: boolean;
  /** Whether the ledgers of some shards may be missing. */
  allowMissing?: boolean;
}

/** Puts the shards' ledgers into the manifest's own and writes the results. */
export async function mergeShards(
  file: string,
  options: MergeOptions,
  host: JobHost,
): Promise<JobResult<MergeDocument>> {
  const opened = await openManifest(file, options, host);
  if (!opened) return INVALID;
  const { paths } = opened;
  const files = chooseLedgers(opened);
  if (options.allowMissing !== true) refuseMissing(opened, files);
  const jobEnd = new JobEnd(opened);
  const ledger = openWholeLedger(paths.ledger);
  let merge: LedgerMerge;
  let written: Written = { summary: null, results: null };
  try {
    const onConflict = options.latest ? "latest" : "refuse";
    merge = ledger.merge(files, { manifest: paths.manifestKey, onConflict });
    if (merge.isMerged) written = await writeMerged(opened, ledger, jobEnd);
  } finally {
    ledger.close();
  }
  const { isMerged, added } = merge;
  const conflicts = describeConflicts(opened, merge);
  if (conflicts.length > 0) host.watcher.tell({ kind: "conflicts", conflicts, isMerged });
  jobEnd.tell();
  const { summary } = written;
  return jobEnd.result(summary ? exitCodeOf(summary, undefined) : EXIT.usage, {
    version: 1,
    merged: isMerged,
    ledger: displayPath(paths.ledger, host.cwd),
    ledgers: files.map((one) => displayPath(one, host.cwd)),
    added,
    conflicts,
    ...written,
  });
}

function chooseLedgers({ paths, options, host }: OpenedManifest<MergeOptions>): string[] {
  const { ledger } = paths;
  const { ledgers } = options;
  const { cwd } = host;
  const files = ledgers
    ? ledgers.map((one) => resolve(cwd, one))
    : findShardFiles(ledger).map((found) => found.file);
  const missing = files.find((one) => !existsSync(one));
  if (missing !== undefined) {
    throw new UserError("LEDGER_MISSING", `there is no ledger ${displayPath(missing, cwd)}`, {
      hint: "name the ledgers of the shards with --ledgers",
    });
  }
  const others = files.filter((one) => one !== ledger);
  if (others.length > 0) return others;
  const message = `there is no ledger of a shard beside ${displayPath(ledger, cwd)}`;
  throw new UserError("NOTHING_TO_MERGE", message, {
    hint: "run `qgfx apply … --shard 1/2` first, or name the ledgers with --ledgers",
  });
}

/** Throws `SHARDS_MISSING` where one part of a split is among the ledgers and another is not: its uploads would be lost. */
function refuseMissing({ manifest, paths }: OpenedManifest, files: readonly string[]): void {
  const parts = files.flatMap(partsOf);
  for (const { count, hasRun } of parts) {
    if (!hasRun) continue;
    const there = new Set(parts.filter((one) => one.count === count).map(({ index }) => index));
    const missing = Array.from({ length: count }, (_, at) => at + 1).filter((k) => !there.has(k));
    if (missing.length > 0) throw partsMissing(manifest.file, paths.ledger, missing, count);
  }
}

/** What a ledger is a part of, by its name, or where that says nothing by its runs. One that was refused has no run. */
function partsOf(file: string): (Shard & { hasRun: boolean })[] {
  const known = shardsIn(file);
  const own = shardInName(basename(file));
  if (own) return [{ ...own, hasRun: known.includes(formatShard(own)) }];
  return known.flatMap((text) => {
    const shard = parseShard(text);
    return shard ? [{ ...shard, hasRun: true }] : [];
  });
}

const MOST_NAMED = 5;

function partsMissing(
  manifest: string,
  ledger: string,
  missing: readonly number[],
  count: number,
): UserError {
  const [index = 0] = missing;
  const named = missing.slice(0, MOST_NAMED).join(", ");
  const more = missing.length > MOST_NAMED ? `, … (${missing.length} in all)` : "";
  const [parts, are] = missing.length === 1 ? ["part", "is"] : ["parts", "are"];
  const file = ofShard(basename(ledger), { index, count });
  const message = `${parts} ${named}${more} of ${count} ${are} missing: ${file} is not among the ledgers; nothing was merged`;
  return new UserError("SHARDS_MISSING", message, {
    hint: `bring it here, or run \`qgfx apply ${manifest} --shard ${index}/${count}\`; with --allow-missing its rows count as not sent`,
  });
}

/** How the rows stand after a merge, and where the results say so. */
type Written = Pick<MergeDocument, "summary" | "results">;

async function writeMerged(
  opened: OpenedManifest,
  ledger: Ledger,
  jobEnd: JobEnd,
): Promise<Written> {
  const { manifest, paths, host } = opened;
  const recordOf = ledger.rowRecords(await recordedTarget(opened, ledger));
  const areWritten = await jobEnd.writeResults(() => recordOf);
  await jobEnd.take(async () => void (await writeRetry(opened, recordOf)));
  const summary = summarizeRun(manifest.rows, recordOf);
  return { summary, results: areWritten ? displayPath(paths.results, host.cwd) : null };
}

function describeConflicts(
  { manifest, host }: OpenedManifest,
  { conflicts }: LedgerMerge,
): MergeConflict[] {
  const lines = new Map(manifest.rows.map((row) => [addressKey(row), row.line]));
  return conflicts.map(({ library, folder, name, graphics }) => {
    const line = lines.get(addressKey({ folder, name })) ?? null;
    const shown = graphics.map((graphic) => {
      return { ...graphic, ledger: displayPath(graphic.ledger, host.cwd) };
    });
    return { line, library, folder, name, graphics: shown };
  });
}
