import { existsSync } from "node:fs";
import type { LedgerView } from "../../ledger/ledger-view.ts";
import type { LedgerConflict } from "../../ledger/merge-ledgers.ts";
import { readLedger } from "../../ledger/read-ledger.ts";
import { UserError } from "../../user-error.ts";
import type { Job } from "../plan/prepare-job.ts";
import { findShardLedgers, type ShardFile } from "./shard-files.ts";

/** What a job's ledger would hold at a run, read only; undefined when there is none yet. */
export async function readJobLedger(job: Job): Promise<LedgerView | undefined> {
  const view = await readWithWhole(job);
  try {
    refuseUnmerged(job, view);
    return view;
  } catch (error) {
    view?.close();
    throw error;
  }
}

async function readWithWhole(job: Job): Promise<LedgerView | undefined> {
  const { ledger, whole, manifestKey } = job.paths;
  const files = job.shard ? [whole.ledger, ledger].filter((file) => existsSync(file)) : [ledger];
  const [first, second] = files;
  if (first === undefined) return undefined;
  if (second === undefined) return readLedger(first);
  const { readMergedLedgers } = await import("../../ledger/read-merged.ts");
  const { view, conflicts } = readMergedLedgers(files, manifestKey);
  if (conflicts.length > 0) view.close();
  refuseConflicts(job, conflicts);
  return view;
}

/** Throws `LEDGER_CONFLICT` where there are any. */
export function refuseConflicts(job: Job, conflicts: readonly LedgerConflict[]): void {
  const [first] = conflicts;
  if (!first) return;
  const ids = first.graphics.map(({ graphicId }) => graphicId).join(" and ");
  throw new UserError(
    "LEDGER_CONFLICT",
    `'${first.folder}/${first.name}' has two current graphics, ${ids}: the shard's ledger and the manifest's disagree`,
    { hint: `run \`${mergeCommand(job)}\`, which shows every such row` },
  );
}

/** Throws `SHARDS_NOT_MERGED`. Shards of the same split share no row with this one; of another split they do. */
export function refuseUnmerged(job: Job, ledger: LedgerView | undefined): void {
  const { paths } = job;
  const others = otherSplits(job);
  if (others.length === 0) return;
  const known = new Set(ledger?.runUids(paths.manifestKey));
  for (const { file } of others) {
    if (runUidsOf(file, paths.manifestKey).every((uid) => known.has(uid))) continue;
    throw new UserError(
      "SHARDS_NOT_MERGED",
      `${file} holds uploads of this manifest that ${paths.whole.ledger} has not heard of`,
      { hint: `run \`${mergeCommand(job)}\` first, or they would be sent again` },
    );
  }
}

function mergeCommand({ manifest, target }: Job): string {
  return `qgfx merge ${manifest.file}${target.baseUrl === null ? " --sandbox" : ""}`;
}

/** The ledgers of shards that may share rows with this job. */
export function otherSplits({ paths, shard }: Job): ShardFile[] {
  return findShardLedgers(paths.whole.ledger).filter(
    (found) => found.shard.count !== shard?.part.count,
  );
}

function runUidsOf(file: string, manifestKey: string): string[] {
  const view = readLedger(file);
  try {
    return view?.runUids(manifestKey) ?? [];
  } finally {
    view?.close();
  }
}
