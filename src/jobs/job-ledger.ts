import { existsSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import type { Ledger, LedgerConflict, LedgerView, Owner, RunStart } from "../ledger/ledger.ts";
import { openLedger } from "../ledger/open-ledger.ts";
import { readLedger, readLedgerOrNone, refuseHeld } from "../ledger/read-ledger.ts";
import type { Recorded } from "../plan/recorded.ts";
import { formatShard } from "../plan/shard.ts";
import type { TakeOver } from "../plan/take-over.ts";
import { UserError } from "../user-error.ts";
import { writeLeftResults } from "./end-job.ts";
import type { Job } from "./open-job.ts";
import { displayPath, findShardFiles, type ShardFile } from "./paths.ts";
import { findTakenOver, recordTaken } from "./take-over.ts";

/** A job's ledger, and what it holds of the job's library. */
export interface JobLedger<Kind extends LedgerView = LedgerView> {
  ledger: Kind;
  recorded: Recorded;
  /** The ids in it that files have just given. */
  taken: ReadonlySet<string>;
}

/** What a job's ledger would hold at a run, with what files give it besides; read only. */
export async function readJobLedger(job: Job): Promise<JobLedger> {
  const { ledger, whole, manifestKey } = job.paths;
  const files = [...new Set([whole.ledger, ledger])].filter((file) => existsSync(file));
  let view: LedgerView;
  let conflicts: LedgerConflict[] = [];
  if (files.length > 1) {
    const { readMergedLedgers } = await import("../ledger/merge-ledgers.ts");
    ({ view, conflicts } = readMergedLedgers(files, manifestKey));
  } else view = readLedgerOrNone(files[0] ?? ledger);
  try {
    refuseConflicts(job, conflicts);
    refuseUnmerged(job, view);
    const taken = await findTakenOver(job, view, job.target);
    const known = taken ? view.withTaken(processOwner(), runStart(job, "adopt"), taken) : view;
    if (known !== view) view.close();
    view = known;
    await writeLeftResults(job, view, job.target);
    return describeRecord(job, view, taken);
  } catch (error) {
    view.close();
    throw error;
  }
}

function describeRecord<Kind extends LedgerView>(
  job: Job,
  ledger: Kind,
  taken: TakeOver | undefined,
): JobLedger<Kind> {
  const recorded = ledger.recorded(job.target, job.paths.manifestKey);
  if (job.options.requireRecord) refuseWithoutRecord(job, recorded);
  return { ledger, recorded, taken: idsOf(taken) };
}

/** The ids that files give. */
export function idsOf(taken: TakeOver | undefined): ReadonlySet<string> {
  return new Set(taken?.graphics.map(({ graphicId }) => graphicId));
}

/** `--require-record`: for scripts whose ledger and results must have come along. */
function refuseWithoutRecord(
  { paths, target, host }: Job,
  { graphics, past, unknowns }: Recorded,
): void {
  if (graphics.length + past.length + unknowns.length > 0) return;
  const files = [paths.ledger, paths.results].map((file) => displayPath(file, host.cwd));
  const message = `neither ${files.join(" nor ")} holds anything of library ${target.library} on ${target.host}`;
  throw new UserError("RECORD_MISSING", message, {
    hint: "put back the results file of the last run, or leave --require-record out for a first run",
  });
}

/**
 * Opens a job's ledger for a run. A shard's takes in first what the whole manifest's ledger knows. A UserError where
 * others might send the same rows: `LEDGER_LOCKED` while their run goes on, at its question too, `SHARDS_NOT_MERGED`
 * where they uploaded what this ledger has not heard of.
 *
 * Nothing needs to be checked again before the first byte, for what was found stays so until `close`:
 *
 * - A shard shares the lock on the whole manifest's ledger for its whole run, and a run of that ledger has it alone.
 *   So nobody changes what the shard took in, and shards of one split, which have no row in common, run side by side.
 * - Two splits: each run first holds a ledger of its own, which others find by its name, and then looks whether those
 *   of other splits are held. Of two runs the one that came to hold its ledger later sees the other's; in the same
 *   instant each may see the other's, and both are refused. A run that has ended recorded what it sent before it let
 *   go, and the record is read after the look.
 *
 * The kernel takes these locks back when their process ends: a killed run keeps nobody out, and what it recorded counts.
 */
export async function openJobLedger(job: Job): Promise<JobLedger<Ledger>> {
  const { paths } = job;
  const { shard } = job.options;
  const ledger = shard
    ? openLedger(paths.ledger, processOwner(), paths.whole.ledger)
    : openWholeLedger(paths.ledger);
  try {
    if (shard) {
      for (const { file } of otherSplits(job)) refuseHeld(file);
      takeInWhole(job, ledger);
    }
    refuseUnmerged(job, ledger);
    const taken = await findTakenOver(job, ledger, job.target);
    if (taken) await recordTaken(ledger, runStart(job, "adopt"), taken);
    await writeLeftResults(job, ledger, job.target, ledger);
    return describeRecord(job, ledger, taken);
  } catch (error) {
    ledger.close();
    throw error;
  }
}

/** How the ledger records that a run begins. */
export function runStart(
  { target, paths, options }: Pick<Job, "target" | "paths" | "options">,
  command: NonNullable<RunStart["command"]>,
): RunStart {
  const { service, library, host } = target;
  const shard = options.shard && formatShard(options.shard);
  const startedAt = new Date().toISOString();
  return { command, manifest: paths.manifestKey, shard, service, library, host, startedAt };
}

/** Opens a ledger that shards may rely on; where the run of one keeps it, the refusal says which. */
export function openWholeLedger(file: string): Ledger {
  try {
    return openLedger(file, processOwner());
  } catch (error) {
    const isLocked = error instanceof UserError && error.code === "LEDGER_LOCKED";
    if (isLocked) for (const shard of findShardFiles(file)) refuseHeld(shard.file);
    throw error;
  }
}

/** Who this process is, for whoever finds the ledger held by it. */
export function processOwner(): Owner {
  let user: string;
  try {
    user = userInfo().username;
  } catch {
    // A container may run under a user id that has no name.
    user = String(process.getuid?.() ?? "unknown");
  }
  return { user, machine: hostname(), pid: process.pid };
}

function takeInWhole(job: Job, ledger: Ledger): void {
  const { whole, manifestKey } = job.paths;
  if (!existsSync(whole.ledger)) return;
  const options = { manifest: manifestKey, onConflict: "refuse" } as const;
  refuseConflicts(job, ledger.merge([whole.ledger], options).conflicts);
}

/** Throws `LEDGER_CONFLICT` where there are any. */
function refuseConflicts(job: Job, conflicts: readonly LedgerConflict[]): void {
  const [first] = conflicts;
  if (!first) return;
  const ids = first.graphics.map(({ graphicId }) => graphicId).join(" and ");
  const message = `'${first.folder}/${first.name}' has two current graphics, ${ids}: the shard's ledger and the manifest's disagree`;
  throw new UserError("LEDGER_CONFLICT", message, {
    hint: `run \`${mergeCommand(job)}\`, which shows every such row`,
  });
}

/** Throws `SHARDS_NOT_MERGED`. Shards of the same split share no row with this one; of another split they do. */
function refuseUnmerged(job: Job, ledger: LedgerView): void {
  const { paths } = job;
  const others = otherSplits(job);
  if (others.length === 0) return;
  const known = new Set(uidsIn(ledger, paths.manifestKey));
  for (const { file } of others) {
    if (runUidsOf(file, paths.manifestKey).every((uid) => known.has(uid))) continue;
    const message = `${file} holds uploads of this manifest that ${paths.whole.ledger} does not have`;
    throw new UserError("SHARDS_NOT_MERGED", message, {
      hint: `run \`${mergeCommand(job)}\` first, or they would be sent again`,
    });
  }
}

function mergeCommand({ manifest, target }: Job): string {
  return `qgfx merge ${manifest.file}${target.baseUrl === null ? " --sandbox" : ""}`;
}

/** The ledgers of shards that may share rows with this job. */
function otherSplits({ paths, options }: Job): ShardFile[] {
  const found = findShardFiles(paths.whole.ledger);
  return found.filter((one) => one.shard.count !== options.shard?.count);
}

/** The runs that brought graphics. */
function uidsIn(ledger: LedgerView, manifestKey: string): string[] {
  const runs = ledger.runs(manifestKey);
  return runs.flatMap(({ command, uid }) =>
    command === "apply" || command === "adopt" ? uid : [],
  );
}

function runUidsOf(file: string, manifestKey: string): string[] {
  const view = readLedger(file);
  try {
    return view ? uidsIn(view, manifestKey) : [];
  } finally {
    view?.close();
  }
}
