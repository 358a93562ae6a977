import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Ledger, LedgerView, RunStart } from "../ledger/ledger.ts";
import { readLedgerOrNone } from "../ledger/read-ledger.ts";
import { parseHost } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import { writeLeftResults } from "./end-job.ts";
import { idsOf, type JobLedger, openWholeLedger, processOwner } from "./job-ledger.ts";
import type { OpenedManifest } from "./open-job.ts";
import { displayPath, findShardFiles, type Paths } from "./paths.ts";
import { type RecordedTarget, type ResultsJob, targetOfResults } from "./results-file.ts";
import { resolveTarget } from "./service.ts";
import { findTakenOver, recordTaken } from "./take-over.ts";
import { findSetting, readUserSettings, type UserSettings } from "./user-settings.ts";

/** Gives what `use` makes of a manifest's record, open to be read, with what its results file knows besides. */
export async function withRecord<T>(
  job: ResultsJob,
  use: (ledger: LedgerView, target: RecordedTarget) => T | Promise<T>,
): Promise<T> {
  let ledger = readLedgerOrNone(job.paths.ledger);
  try {
    const target = await recordedTarget(job, ledger);
    const taken = await findTakenOver(job, ledger, target);
    if (taken) {
      const known = ledger.withTaken(processOwner(), adoption(job, target), taken);
      ledger.close();
      ledger = known;
    }
    refuseEmpty(job, ledger, target);
    if (isOpened(job)) await writeLeftResults(job, ledger, target);
    return await use(ledger, target);
  } finally {
    ledger.close();
  }
}

/** The same, to be changed: `known` where the job knows its library. Nothing is created where nothing is recorded. */
export async function openRecord(
  job: ResultsJob,
  known?: RecordedTarget,
): Promise<JobLedger<Ledger> & { target: RecordedTarget }> {
  const { paths, host } = job;
  if (!existsSync(paths.ledger) && !existsSync(paths.results)) throw noLedger(paths, host.cwd);
  const ledger = openWholeLedger(paths.ledger);
  try {
    const target = known ?? (await recordedTarget(job, ledger));
    const taken = await findTakenOver(job, ledger, target);
    if (taken) await recordTaken(ledger, adoption(job, target), taken);
    if (!known) refuseEmpty(job, ledger, target);
    if (isOpened(job)) await writeLeftResults(job, ledger, target, ledger);
    const recorded = ledger.recorded(target, paths.manifestKey);
    return { ledger, target, recorded, taken: idsOf(taken) };
  } catch (error) {
    ledger.close();
    throw error;
  }
}

/** Whether the job has its manifest's rows, without which no results can be written. */
function isOpened(job: ResultsJob): job is OpenedManifest {
  return job.manifest !== undefined;
}

function adoption({ paths }: ResultsJob, { service, library, host }: RecordedTarget): RunStart {
  const startedAt = new Date().toISOString();
  return { command: "adopt", manifest: paths.manifestKey, service, library, host, startedAt };
}

/** Throws where nothing is recorded of a library that an option names. */
function refuseEmpty(job: ResultsJob, ledger: LedgerView, target: RecordedTarget): void {
  const { options, paths, host } = job;
  const { service, library } = target;
  if (options.host === undefined && options.library === undefined) return;
  const { graphics, past, unknowns } = ledger.recorded(target, paths.manifestKey);
  if (graphics.length + past.length + unknowns.length > 0) return;
  if (ledger.runs().some((run) => run.service === service && run.library === library)) return;
  const ledgerFile = displayPath(paths.ledger, host.cwd);
  const message = `the ledger ${ledgerFile} holds nothing of library ${library} on ${target.host}`;
  throw new UserError("NOTHING_RECORDED", message, {
    hint: "check --library and --host; without them, the library of the last run counts",
  });
}

/** The library a manifest's record is about: the one an option names, else that of its last run, else of its results. */
export async function recordedTarget(job: ResultsJob, ledger: LedgerView): Promise<RecordedTarget> {
  const { options, host, paths, manifest } = job;
  const settings = readUserSettings(host);
  const named = () => resolveTarget(options, manifest?.library, settings);
  if (options.host !== undefined || options.library !== undefined) return named();
  const found =
    ledger.runs(paths.manifestKey).at(-1) ?? (await targetOfResults(job, ownService(settings)));
  if (found) return found;
  // Results of version 0.1 do not say which library they are about.
  if (existsSync(paths.results)) return named();
  throw existsSync(paths.ledger) ? noRunRecorded(paths, host.cwd) : noLedger(paths, host.cwd);
}

/** The service that the user names, if any. */
function ownService(settings: UserSettings): string | undefined {
  const host = findSetting(settings, "host")?.value;
  return host === undefined ? undefined : parseHost(host).service;
}

function noLedger(paths: Paths, cwd: string): UserError {
  return nothingRecorded(`no ledger at ${displayPath(paths.ledger, cwd)}`, paths, cwd);
}

/** For jobs that read the record of a manifest that no run was about. */
export function noRunRecorded(paths: Paths, cwd: string): UserError {
  const ledger = displayPath(paths.ledger, cwd);
  return nothingRecorded(`the ledger ${ledger} holds no run of this manifest`, paths, cwd);
}

function nothingRecorded(message: string, paths: Paths, cwd: string): UserError {
  const sandbox = dirname(paths.ledger) === paths.sandboxStore ? " --sandbox" : "";
  const hint =
    findShardFiles(paths.ledger).length > 0
      ? `run \`qgfx merge ${displayPath(paths.manifest, cwd)}${sandbox}\` first: there are ledgers of shards beside it`
      : "run `qgfx apply` first, or name the ledger with --ledger (--sandbox for the sandbox's own)";
  return new UserError("NOTHING_RECORDED", message, { hint });
}
