import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { LedgerConflict, LedgerMerge } from "../../ledger/merge-ledgers.ts";
import type { Ledger } from "../../ledger/open-ledger.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import { addressKey } from "../../plan/recorded.ts";
import { EXIT, exitCodeOf } from "../../report/exit-code.ts";
import { summarizeRun } from "../../report/run-summary.ts";
import { UserError } from "../../user-error.ts";
import { pagedRecords } from "../apply/paged-records.ts";
import { writeRetry } from "../apply/write-retry.ts";
import type { MergeCommandOptions } from "../commands/merge.ts";
import type { HostProcess } from "../host-process.ts";
import { LastSteps } from "../last-steps.ts";
import { displayPath, type Paths } from "../paths.ts";
import { recordedTarget } from "../results/recorded-target.ts";
import { writeResults } from "../results/write-results.ts";
import { openManifest } from "../sheet/open-manifest.ts";
import type { Terminal } from "../terminal.ts";
import type { MergeConflict, MergeDocument } from "./merge-document.ts";
import { openWholeLedger } from "./open-whole-ledger.ts";
import { findShardLedgers } from "./shard-files.ts";
import { showMerge } from "./show-merge.ts";

interface Merging {
  manifest: Manifest;
  paths: Paths;
  files: readonly string[];
  options: MergeCommandOptions;
  process: HostProcess;
}

/** Puts the shards' ledgers into the manifest's own and writes the results; gives the exit code. */
export async function mergeShards(
  file: string,
  options: MergeCommandOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<number> {
  const opened = await openManifest(file, options, process, terminal);
  if (!opened) return EXIT.usage;
  const { manifest, paths } = opened;
  const files = chooseLedgers(paths, options, process);
  const steps = new LastSteps(manifest.file, options);
  const document = await mergeInto({ manifest, paths, files, options, process }, steps);
  showMerge(document, options, terminal);
  steps.show(terminal);
  steps.throwDefect();
  if (!document.summary) return EXIT.usage;
  return steps.exitCodeAfter(exitCodeOf(document.summary, undefined));
}

function chooseLedgers(
  { ledger }: Paths,
  { ledgers }: MergeCommandOptions,
  { cwd }: HostProcess,
): string[] {
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

async function mergeInto(merging: Merging, steps: LastSteps): Promise<MergeDocument> {
  const { paths, files, options } = merging;
  const ledger = openWholeLedger(paths.ledger);
  try {
    const onConflict = options.latest ? "latest" : "refuse";
    const merge = ledger.merge(files, { manifest: paths.manifestKey, onConflict });
    const written = merge.isMerged ? await writeMerged(merging, ledger, steps) : NOTHING_WRITTEN;
    return describeMerge(merging, merge, written);
  } finally {
    ledger.close();
  }
}

/** How the rows stand after a merge, and where the results say so. */
type Written = Pick<MergeDocument, "summary" | "results">;

const NOTHING_WRITTEN: Written = { summary: null, results: null };

async function writeMerged(
  { manifest, paths, options, process }: Merging,
  ledger: Ledger,
  steps: LastSteps,
): Promise<Written> {
  const target = recordedTarget(ledger, paths, options, manifest.library, process);
  const recordOf = pagedRecords(ledger, target, paths.manifestKey, manifest.rows);
  const areWritten = await steps.writeResults(() =>
    writeResults(paths.results, manifest, recordOf),
  );
  await steps.take(async () => void (await writeRetry(paths.retry, manifest, recordOf)));
  const summary = summarizeRun(manifest.rows.map((row) => recordOf(row).status));
  return { summary, results: areWritten ? displayPath(paths.results, process.cwd) : null };
}

function describeMerge(
  { manifest, paths, files, process }: Merging,
  { isMerged, added, conflicts }: LedgerMerge,
  written: Written,
): MergeDocument {
  const display = (path: string) => displayPath(path, process.cwd);
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
