import { existsSync } from "node:fs";
import { join } from "node:path";
import { inspectImages } from "../files/inspect-image.ts";
import type { Ledger, LedgerView, RunStart } from "../ledger/ledger.ts";
import { readLedger } from "../ledger/read-ledger.ts";
import type { Image } from "../manifest/image.ts";
import { addressKey, type Graphic, type Recorded } from "../plan/recorded.ts";
import { decideTakeOver, type FoundResult, type TakeOver } from "../plan/take-over.ts";
import { plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import { displayPath, findShardFiles, imageLimits, ofShard, retryResultsOf } from "./paths.ts";
import {
  hostOf,
  type RecordedTarget,
  type ResultsFile,
  type ResultsJob,
  readResultsFile,
  rowsWithResults,
} from "./results-file.ts";
import { urlOn } from "./service.ts";

/** What files give to a record that does not have it. */
export interface Taken extends TakeOver {
  /** The results file that was read, as the ledger names files, and its hash. */
  results: { name: string; sha256: string } | undefined;
}

/**
 * What the results file at its place, and the results columns of the manifest itself, know of a library and the record
 * does not; undefined where that is nothing. Throws a UserError where a results file that is about to be replaced is
 * another manifest's, cannot be read, or holds ids that no record holds.
 */
export async function findTakenOver(
  job: ResultsJob,
  ledger: LedgerView,
  target: RecordedTarget,
): Promise<Taken | undefined> {
  const { paths, manifest, host } = job;
  let read: Recorded | undefined;
  const recorded = () => (read ??= ledger.recorded(target, paths.manifestKey));
  let byId: ReadonlyMap<string, Graphic> | undefined;
  const known = (id: string) => {
    byId ??= new Map(
      [...recorded().graphics, ...recorded().past].map((one) => [one.graphicId, one]),
    );
    return byId.get(id);
  };
  const isHere = (row: FoundResult) => {
    const { graphicId } = row.prior;
    // Version 0.1 did not say which library; the record may.
    const isElsewhere = graphicId !== null && !known(graphicId) && ledger.knowsId(graphicId);
    return isOf(row, target) && !isElsewhere;
  };
  const inResults: FoundResult[] = [];
  let results: Taken["results"];
  for (const file of resultsToRead(job)) {
    const opened = await readResultsFile(job, ledger, file, (id) => known(id)?.recordedBy);
    if (!opened) continue;
    inResults.push(...opened.rows);
    if (file === paths.whole.results) inResults.push(...(await retriedRows(job, ledger, opened)));
    if (file === paths.results) results = { name: paths.resultsKey, sha256: opened.sha256 };
  }
  refuseForeign(
    job,
    ledger,
    inResults.filter((row) => !isHere(row)),
  );
  const isOwn = manifest && paths.manifest !== paths.results;
  // No run writes a manifest: what it says of an upload without an answer stays there when that is settled.
  const own = isOwn ? rowsWithResults(manifest, displayPath(paths.manifest, host.cwd), false) : [];
  const here = [...inResults, ...own].filter(isHere);
  if (here.length === 0) return undefined;
  const images = await imagesOf(job, here);
  const taken = decideTakeOver(here, {
    recorded: recorded(),
    unanswered: ledger.unanswered(target),
    imageAt: (place) => images.get(addressKey(place)),
    urlOf: (id) => urlOn(target.host, id),
    now: new Date().toISOString(),
  });
  if (taken.graphics.length === 0 && taken.unknowns.length === 0) return undefined;
  tellTaken(job, taken, here, target);
  return { ...taken, results };
}

/**
 * The results files of a manifest that are there, its own last. Those of shards that were never merged are read where the
 * shard's ledger is lost, for nothing else holds their ids; where it is there, it must be merged. Shards of one split share
 * no row.
 */
function resultsToRead({ paths, options }: ResultsJob): Set<string> {
  const lost = findShardFiles(paths.whole.results).filter(({ shard }) => {
    const isOther = shard.count !== options.shard?.count;
    return isOther && !existsSync(ofShard(paths.whole.ledger, shard));
  });
  const files = [paths.whole.results, ...lost.map(({ file }) => file), paths.results];
  return new Set(files.filter((file) => existsSync(file)));
}

/** What version 0.1 knew of rows that failed and were retried: it left that beside the results, not in them. */
async function retriedRows(
  job: ResultsJob,
  ledger: LedgerView,
  { places, rows }: ResultsFile,
): Promise<FoundResult[]> {
  const withId = new Set(rows.filter(({ prior }) => prior.graphicId !== null).map(addressKey));
  const open = new Set(places.map(addressKey).filter((key) => !withId.has(key)));
  const retried: FoundResult[] = [];
  for (const file of open.size === 0 || job.options.sandbox ? [] : retryResultsOf(job.paths.main)) {
    const opened = await readResultsFile(job, ledger, file, () => undefined);
    retried.push(...(opened?.rows ?? []).filter((row) => open.has(addressKey(row))));
  }
  return retried;
}

/** Records what files give, durably. */
export async function recordTaken(ledger: Ledger, run: RunStart, taken: Taken): Promise<void> {
  const { startedAt: finishedAt } = run;
  const { results } = taken;
  await ledger.takeOver(run, taken).finish({ exitCode: 0, finishedAt, counts: {}, results });
}

/** Whether what a row says is of a library; version 0.1 did not say which, and the host alone counts then. */
function isOf({ prior }: FoundResult, target: RecordedTarget): boolean {
  if (prior.library !== "" && prior.library !== target.library) return false;
  return prior.url === "" || isOfService(prior.url, target.service);
}

function isOfService(url: string, service: string): boolean {
  const found = hostOf(url)?.service;
  // The embedded sandbox listens on another port each time; its graphics are the same.
  return found === service || (service === "sandbox" && found?.startsWith("loopback:") === true);
}

/** Pictures by address: those the job looked into, else those of the rows whose hash nobody wrote down. */
async function imagesOf(
  job: ResultsJob,
  found: readonly FoundResult[],
): Promise<Map<string, Image>> {
  const { wanted = [], paths, options } = job;
  const images = new Map(wanted.map(({ row, image }) => [addressKey(row), image]));
  // A retry sheet or a shard has only some of the rows.
  const open = found.filter(
    (row) => row.prior.status === "unknown" && !images.has(addressKey(row)),
  );
  const inspected = await inspectImages(
    open.map(({ path }) => path),
    imageLimits(paths, options),
  );
  for (const [index, row] of open.entries()) {
    const one = inspected[index];
    if (one && "image" in one) images.set(addressKey(row), one.image);
  }
  return images;
}

/** What a row would lose if the results were written anew: an id that no record holds. */
function refuseForeign(
  { paths, host, options }: ResultsJob,
  ledger: LedgerView,
  foreign: readonly FoundResult[],
): void {
  if (foreign.length === 0) return;
  const sandbox = options.sandbox ? undefined : readLedger(join(paths.sandboxStore, "ledger.db"));
  try {
    const [first, ...more] = foreign.filter(({ prior: { graphicId } }) => {
      return graphicId !== null && !ledger.knowsId(graphicId) && !sandbox?.knowsId(graphicId);
    });
    if (!first) return;
    const { library, url, graphicId } = first.prior;
    const where = [library, URL.canParse(url) ? new URL(url).host : ""].filter(
      (part) => part !== "",
    );
    const [results, manifest] = [paths.results, paths.manifest].map((path) =>
      displayPath(path, host.cwd),
    );
    const message = `${results} holds ${plural(more.length + 1, "id")} of ${where.join(" on ") || "another library"}, such as ${graphicId} in line ${first.line}, and the ledger does not have ${more.length > 0 ? "them" : "it"}: nothing is uploaded, for the results would be written over`;
    throw new UserError("RESULTS_ELSEWHERE", message, {
      hint: `check --library and --host; for another library, name a results file of its own with --results; to take the ids over: qgfx adopt ${manifest} --from ${results} --results NEW.csv`,
    });
  } finally {
    sandbox?.close();
  }
}

function tellTaken(
  { host, paths }: ResultsJob,
  { graphics, unknowns }: TakeOver,
  found: readonly FoundResult[],
  target: RecordedTarget,
): void {
  const files = [...new Set(found.map(({ file }) => file))];
  const what = [
    ...(graphics.length > 0 ? [plural(graphics.length, "id")] : []),
    ...(unknowns.length > 0 ? [`${plural(unknowns.length, "upload")} without an answer`] : []),
  ];
  const text = `${what.join(" and ")} taken from ${files.join(" and ")}: ${displayPath(paths.ledger, host.cwd)} did not have ${graphics.length + unknowns.length === 1 ? "it" : "them"}`;
  host.watcher.tell({ kind: "note", text });
  const dated = found.filter(({ prior }) => prior.library === "" && prior.graphicId !== null);
  if (dated.length === 0) return;
  const old = `${files.join(" and ")} does not name its library: its ids count as those of ${target.library}`;
  host.watcher.tell({ kind: "note", text: old });
}
