import { resolve } from "node:path";
import { readManifestBytes } from "../../files/read-manifest.ts";
import { JobEnd, writeResults } from "../../jobs/end-job.ts";
import { openWholeLedger } from "../../jobs/job-ledger.ts";
import { type Job, openJob } from "../../jobs/open-job.ts";
import type { Ledger } from "../../ledger/open-ledger.ts";
import { hasErrors } from "../../manifest/diagnostic.ts";
import { type IdList, idsOfManifest, parseIdList } from "../../plan/id-list.ts";
import { type IdMatch, matchIds } from "../../plan/match-ids.ts";
import { formatAdoption } from "../../render/record-text.ts";
import {
  type AdoptedRow,
  type Adoption,
  decideAdoption,
  summarizeAdoption,
} from "../../report/adoption.ts";
import { EXIT } from "../../report/exit-code.ts";
import { summarizeRun } from "../../report/summary.ts";
import { UserError } from "../../user-error.ts";
import type { AdoptOptions } from "../commands/adopt.ts";
import type { HostProcess } from "../host-process.ts";
import type { Terminal } from "../terminal.ts";
import { jobHost } from "../terminal-watcher.ts";
import { checkIds } from "./check-ids.ts";

/** Takes ids of an earlier script into the record after a check; gives the exit code. */
export async function adoptIds(
  file: string,
  options: AdoptOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<number> {
  const host = jobHost(process, terminal, options);
  const job = await openJob(file, options, host);
  if (!job) return EXIT.usage;
  const from = options.from ?? file;
  const { entries, diagnostics } = await readIds(job, options, process);
  const matched = matchIds(job.manifest.rows, entries, from);
  const found = [...diagnostics, ...matched.diagnostics];
  host.watcher.tell({ kind: "diagnostics", found });
  if (hasErrors(found)) return EXIT.usage;
  if (entries.length === 0) throw noIds(from);
  const ledger = openWholeLedger(job.paths.ledger);
  try {
    const rows = await decideRows(job, matched.matches, ledger, options);
    const steps = new JobEnd(job);
    await record(job, rows, ledger, steps);
    show(job, from, rows, options, terminal);
    steps.tell();
    if (steps.defect) throw steps.defect.error;
    return steps.exitCodeAfter(exitCodeOf(rows));
  } finally {
    ledger.close();
  }
}

async function readIds(job: Job, options: AdoptOptions, process: HostProcess): Promise<IdList> {
  const { from } = options;
  if (from === undefined) return { entries: idsOfManifest(job.manifest), diagnostics: [] };
  return parseIdList(from, await readManifestBytes(resolve(process.cwd, from)));
}

function noIds(from: string): UserError {
  return new UserError("ADOPT_NO_IDS", `${from} holds no ids`, {
    hint: "give the manifest a graphicId column, or name a JSON map or an old results file with --from",
  });
}

async function decideRows(
  job: Job,
  matches: readonly IdMatch[],
  ledger: Ledger,
  options: AdoptOptions,
): Promise<AdoptedRow[]> {
  const { target, paths } = job;
  const recordOf = ledger.rowRecords(target, paths.manifestKey);
  const recordedAt = new Map(matches.map(({ row }) => [row, recordOf(row).graphicId ?? undefined]));
  const checked = await checkIds(job, matches, options);
  return checked.map(({ row, graphicId, url, verdict, message }) => {
    const recordedId = recordedAt.get(row);
    const isKnown = ledger.knowsId(graphicId);
    const check = { graphicId, recordedId, isKnown, verdict, message };
    const decision = decideAdoption(check, { force: options.force === true });
    const { line, path, name, folder } = row;
    const isRecorded = decision.status === "already-recorded";
    const told = isRecorded ? null : verdict;
    return { line, path, name, folder, graphicId, url, verdict: told, ...decision };
  });
}

/** The bytes recorded are the file's: what was adopted counts as this row's picture from now on. */
async function record(
  job: Job,
  rows: readonly AdoptedRow[],
  ledger: Ledger,
  steps: JobEnd,
): Promise<void> {
  const { manifest, images, target, paths } = job;
  const { service, library, host } = target;
  const startedAt = new Date().toISOString();
  const pictureAt = new Map(manifest.rows.map((row, index) => [row.line, images[index]]));
  const adopted = rows.flatMap(({ line, path, name, folder, graphicId, url, status }) => {
    const image = pictureAt.get(line);
    if (status !== "adopted" || !image) return [];
    const { contentType, sha256, sizeBytes: bytes } = image;
    const where = { line, path, name, folder, graphicId, url: host === "sandbox" ? "" : url };
    return { ...where, contentType, sha256, bytes, uploadedAt: startedAt };
  });
  if (adopted.length === 0) return;
  const start = { command: "adopt", manifest: paths.manifestKey, service, library, host } as const;
  const run = ledger.startRun({ ...start, startedAt }, [], adopted);
  const recordOf = ledger.rowRecords(target, paths.manifestKey);
  await steps.writeResults(() => writeResults(paths.results, manifest, recordOf));
  await steps.take(() => {
    const counts = summarizeRun(manifest.rows.map((row) => recordOf(row).status));
    const exitCode = steps.exitCodeAfter(exitCodeOf(rows));
    return run.finish({ exitCode, finishedAt: new Date().toISOString(), counts });
  });
}

function exitCodeOf(rows: readonly AdoptedRow[]): number {
  return rows.some(({ status }) => status === "refused") ? EXIT.incomplete : EXIT.done;
}

function show(
  { manifest, target }: Job,
  from: string,
  rows: AdoptedRow[],
  options: AdoptOptions,
  terminal: Terminal,
): void {
  const { host, library } = target;
  const document: Adoption = {
    version: 1,
    manifest: manifest.file,
    from,
    target: { host, library },
    summary: summarizeAdoption(rows),
    rows,
  };
  terminal.product(options.json ? JSON.stringify(document, null, 2) : formatAdoption(document));
}
