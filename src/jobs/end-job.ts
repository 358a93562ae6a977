import { removeFile, updateFile } from "../files/replace-file.ts";
import type { Ledger, LedgerView, Run } from "../ledger/ledger.ts";
import { isHeld } from "../ledger/read-ledger.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { isWorkbookName } from "../manifest/manifest.ts";
import type { TargetKey } from "../plan/service.ts";
import { formatShard } from "../plan/shard.ts";
import { lastOwnRun } from "../report/ledger-documents.ts";
import {
  formatResults,
  ofShardAlone,
  type RecordOf,
  retryManifest,
  withFolders,
} from "../report/results.ts";
import { formatResultsWorkbook } from "../report/results-workbook.ts";
import { EXIT, type RunSummary } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import type { OpenedManifest } from "./open-job.ts";
import type { JobResult } from "./watcher.ts";

/**
 * The end of a job whose work is done and recorded. Every step is tried, whatever became of the others, and what went
 * wrong is told at the end: nothing may look as if nothing had been done.
 */
export class JobEnd {
  readonly #job: OpenedManifest;
  readonly #troubles: unknown[] = [];
  #areResultsMissing = false;
  /** Of the results' bytes, once they are written. */
  #resultsSha256: string | undefined;

  constructor(job: OpenedManifest) {
    this.#job = job;
  }

  /** Does a step and keeps what it throws; tells whether it went well. */
  async take(step: () => void | Promise<void>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      this.add(error);
      return false;
    }
  }

  /** The same for the step that writes the results: `readRecords` gives what they say. */
  async writeResults(readRecords: () => RecordOf): Promise<boolean> {
    const areWritten = await this.take(async () => {
      this.#resultsSha256 = await writeResults(this.#job, readRecords());
    });
    this.#areResultsMissing = !areWritten;
    return areWritten;
  }

  /** The same for the ledger's note of how the run ended. */
  async finish(
    run: Run | Run<string>,
    exitCode: number,
    counts: Partial<RunSummary>,
    finishedAt: string = new Date().toISOString(),
  ): Promise<void> {
    const sha256 = this.#resultsSha256;
    const results = sha256 === undefined ? sha256 : { name: this.#job.paths.resultsKey, sha256 };
    await this.take(() =>
      run.finish({ exitCode: this.exitCodeAfter(exitCode), finishedAt, counts, results }),
    );
  }

  /** Keeps what went wrong. */
  add(trouble: unknown): void {
    this.#troubles.push(trouble);
  }

  /** The exit code of the work, which is not 0 where a step failed. */
  exitCodeAfter(exitCode: number): number {
    return exitCode === EXIT.done && this.#troubles.length > 0 ? EXIT.incomplete : exitCode;
  }

  /** Tells what the user can put right. */
  tell(): void {
    const errors = this.#troubles.filter((trouble) => trouble instanceof UserError);
    const resultsCommand = this.#areResultsMissing ? resultsCommandOf(this.#job) : undefined;
    if (errors.length === 0 && resultsCommand === undefined) return;
    this.#job.host.watcher.tell({ kind: "troubles", errors, resultsCommand });
  }

  /** What the job comes to, where nothing else is to be told; `defect` came before its end. */
  result<Document>(
    exitCode: number,
    document: Document,
    defect?: JobResult["defect"],
  ): JobResult<Document> {
    const error = this.#troubles.find((trouble) => !(trouble instanceof UserError));
    const own = error === undefined ? undefined : { error };
    return { exitCode: this.exitCodeAfter(exitCode), document, defect: defect ?? own };
  }
}

/** What writes the results from the ledger. */
function resultsCommandOf({ manifest, options }: OpenedManifest): string {
  const { sandbox, ledger, sheet, encoding, shard } = options;
  const given = [
    sandbox ? " --sandbox" : "",
    ledger === undefined ? "" : ` --ledger ${ledger}`,
    sheet === undefined ? "" : ` --sheet '${sheet}'`,
    encoding === undefined ? "" : ` --encoding ${encoding}`,
    shard === undefined ? "" : ` --shard ${formatShard(shard)}`,
  ];
  return `qgfx results ${manifest.file}${given.join("")}`;
}

/**
 * Writes a job's results: one line for every row of the manifest, of a shard too. A file that says the same already stays
 * as it is. Gives the hash of its bytes.
 */
export async function writeResults(
  { paths, whole, options }: OpenedManifest,
  recordOf: RecordOf,
): Promise<string> {
  return writeRows(paths.results, whole, ofShardAlone(recordOf, options.shard));
}

/**
 * Writes what the last run of a manifest could not, because it was killed: the results and the retry sheet. Nothing where
 * that run was about another library, and nothing while a run goes on. A job that has the ledger to write (`own`) notes
 * what it wrote: were it killed, too, the next run would take its own old results for news, and hold rows again.
 */
export async function writeLeftResults(
  job: OpenedManifest,
  ledger: LedgerView,
  { service, library }: TargetKey,
  own?: Ledger,
): Promise<void> {
  const { paths, options, host } = job;
  const last = lastOwnRun(ledger.runs(paths.manifestKey));
  if (last?.finishedAt !== null || last.service !== service || last.library !== library) return;
  if (!own && isHeld(paths.ledger)) return;
  let sha256: string | undefined;
  try {
    const recordOf = ledger.rowRecords({ service, library });
    sha256 = await writeResults(job, recordOf);
    if (!options.shard) await writeRetry(job, recordOf);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const text = `${error.message}: it lacks what the last run did`;
    host.watcher.tell({ kind: "warning", text });
  }
  if (sha256) own?.noteLeftResults(paths.manifestKey, { name: paths.resultsKey, sha256 });
}

/**
 * Replaces a results file as a whole: a reader sees the old one or the new one, never half of them. A workbook
 * where the file's name says so, a CSV otherwise.
 */
async function writeRows(file: string, given: Manifest, recordOf: RecordOf): Promise<string> {
  // A YAML manifest's defaults do not go along. The columns of a sheet stay as its owner filled them.
  const manifest = given.format === "yaml" ? withFolders(given) : given;
  return isWorkbookName(file)
    ? updateFile(file, await formatResultsWorkbook(manifest, recordOf))
    : updateFile(file, formatResults(manifest, recordOf));
}

/** Writes the sheet of rows that failed or were not run, or removes it where there are none; gives their count. */
export async function writeRetry(
  { paths, whole }: OpenedManifest,
  recordOf: RecordOf,
): Promise<number> {
  const retry = retryManifest(whole, recordOf);
  if (retry) await writeRows(paths.retry, retry, recordOf);
  else await removeFile(paths.retry);
  return retry?.rows.length ?? 0;
}
