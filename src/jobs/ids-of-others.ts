import { readdirSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { readManifestBytes } from "../files/read-file.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { parseManifest } from "../manifest/parse-manifest.ts";
import type { Deletion } from "../plan/build-deletions.ts";
import { UserError } from "../user-error.ts";
import { processOwner } from "./job-ledger.ts";
import type { Job } from "./open-job.ts";
import { memberOf, type Paths } from "./paths.ts";
import { confirm } from "./watcher.ts";

/** What is to be deleted, and the record of who made it. */
interface Asked {
  job: Pick<Job, "host" | "paths" | "target">;
  ledger: Ledger;
  deletions: readonly Deletion[];
}

const MOST_NAMED = 20;

/**
 * Asks once more for ids that another user or machine recorded: a ledger comes from whoever could write it, and --yes
 * was said before anybody saw them.
 */
export async function agreeOnOthers(asked: Asked, signal: AbortSignal): Promise<boolean> {
  const foreign = namesOfOthers(asked);
  if (foreign.length === 0) return true;
  tellSome(asked.job, foreign);
  const who = listOf(foreign);
  return confirm(asked.job.host, { kind: "delete-others", count: foreign.length, who }, signal);
}

/** Who else recorded some of what is to be deleted; null: nobody. */
export function othersAmong(asked: Asked): string | null {
  return listOf(namesOfOthers(asked)) || null;
}

function namesOfOthers({ job, ledger, deletions }: Asked): Named[] {
  const { paths } = job;
  const own = processOwner();
  const runs = ledger.runs(paths.manifestKey);
  const strangers = new Map(
    runs
      .filter(({ user, machine }) => user !== own.user || machine !== own.machine)
      .map(({ run, user, machine }) => [run, `recorded by ${user} on ${machine}`]),
  );
  return strangers.size === 0 ? [] : namesOf({ job, ledger, deletions }, strangers);
}

function listOf(named: readonly Named[]): string {
  return [...new Set(named.map(({ who }) => who))].join(", ");
}

/**
 * Lists ids that only a results file contains, before anything is asked: anyone can put an id from a survey into that
 * file. They need no question of their own, because a lost record is rebuilt from the results.
 */
export function nameIdsOfResults(asked: Asked): void {
  const { job, ledger } = asked;
  // What `qgfx adopt` takes over is counted.
  const taking = ledger
    .runs(job.paths.manifestKey)
    .filter(({ command, uploaded }) => command === "adopt" && uploaded === null)
    .map(({ run }) => [run, "known from a results file alone; check that it is yours"] as const);
  if (taking.length > 0) tellSome(job, namesOf(asked, new Map(taking)));
}

interface Named {
  who: string;
  text: string;
}

/** What is to be deleted that some runs recorded, and no other. */
function namesOf(
  { job: { paths, target }, ledger, deletions }: Asked,
  recorders: ReadonlyMap<number, string>,
): Named[] {
  const recordedBy = new Map<string, string | undefined>();
  for (const { graphicId, run } of ledger.graphics(target, paths.manifestKey)) {
    const isOurs = recordedBy.has(graphicId) && recordedBy.get(graphicId) === undefined;
    if (!isOurs) recordedBy.set(graphicId, recorders.get(run));
  }
  return deletions.flatMap(({ action, graphicId, folder, name }) => {
    const who = action === "delete" ? recordedBy.get(graphicId) : undefined;
    return who === undefined ? [] : [{ who, text: `${graphicId} ${folder}/${name}: ${who}` }];
  });
}

function tellSome({ host }: Asked["job"], named: readonly Named[]): void {
  for (const { text } of named.slice(0, MOST_NAMED)) host.watcher.tell({ kind: "warning", text });
}

const SHEETS = [".csv", ".tsv", ".txt", ".xlsx"];

/**
 * Which other sheets in the manifest's folder name a graphic: results of other manifests, and sheets that were saved under
 * a new name with their ids. The ledger alone does not know of them, for they may never have been applied.
 */
export async function findUsers(
  { baseDir, main, results }: Paths,
  graphicIds: ReadonlySet<string>,
): Promise<Map<string, string[]>> {
  const users = new Map<string, string[]>();
  for (const name of graphicIds.size === 0 ? [] : readdirSync(baseDir).sort()) {
    const file = join(baseDir, name);
    const isOwn = memberOf(file).main === main || resolve(file) === results;
    if (isOwn || name.startsWith(".") || !SHEETS.includes(extname(name).toLowerCase())) continue;
    for (const id of await idsIn(file)) {
      if (graphicIds.has(id)) users.set(id, [...(users.get(id) ?? []), name]);
    }
  }
  return users;
}

/** The ids that a sheet's results columns hold; none where it cannot be read. */
async function idsIn(file: string): Promise<Set<string>> {
  try {
    const { manifest } = await parseManifest(file, await readManifestBytes(file), {});
    return new Set(manifest?.rows.flatMap(({ prior }) => prior?.graphicId ?? []));
  } catch (error) {
    if (error instanceof UserError) return new Set();
    throw error;
  }
}
