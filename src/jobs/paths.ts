import { readdirSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { isWorkbookName } from "../manifest/parse-manifest.ts";
import { parseShard, type Shard } from "../plan/shard.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions } from "./options.ts";
import { leadsOut, overwrittenBy } from "./overwriting.ts";

/** Where a manifest's things are kept; all absolute. */
export interface Paths {
  manifest: string;
  /** What row paths are relative to. */
  baseDir: string;
  /** What pictures must lie under. */
  rootDir: string;
  ledger: string;
  results: string;
  /** The same of the whole manifest, where the others are one shard's. */
  whole: { ledger: string; results: string };
  /** Where the rows that failed go: beside the manifest, for their paths are relative to it. */
  retry: string;
  /** Where the embedded sandbox keeps its images. */
  sandboxStore: string;
  /**
   * The manifest's name in the ledger: relative to the ledger's folder, so that both can move together. A sheet that
   * is named is a manifest of its own, or the rows of each sheet would be orphans of the other.
   */
  manifestKey: string;
}

type PathOptions = Pick<JobOptions, "ledger" | "results" | "root" | "sandbox" | "sheet" | "shard">;

/** Lays out a manifest's files as the contract says ("Where things are kept"). */
export function resolvePaths(manifestFile: string, options: PathOptions, cwd: string): Paths {
  const manifest = resolve(cwd, manifestFile);
  const baseDir = dirname(manifest);
  const sandboxStore = join(baseDir, ".qgfx", "sandbox");
  const ledgerDir = options.sandbox ? sandboxStore : join(baseDir, ".qgfx");
  const whole = {
    ledger: options.ledger ? resolve(cwd, options.ledger) : join(ledgerDir, "ledger.db"),
    results: options.results ? resolve(cwd, options.results) : resultsBeside(manifest),
  };
  const { shard } = options;
  const ledger = shard ? ofShard(whole.ledger, shard) : whole.ledger;
  const results = shard ? ofShard(whole.results, shard) : whole.results;
  const retry = beside(manifest, "retry.csv");
  refuseOverwriting(results, { manifest, ledger, retry }, cwd);
  refuseRetryOver({ manifest, ledger, retry }, cwd);
  refuseLeadingOut(options.results === undefined ? [results, retry] : [retry], cwd);
  return {
    manifest,
    baseDir,
    rootDir: options.root ? resolve(cwd, options.root) : baseDir,
    ledger,
    results,
    whole,
    retry,
    sandboxStore,
    manifestKey: manifestKey(relative(dirname(ledger), manifest), options.sheet),
  };
}

/** The results replace what is there. */
function refuseOverwriting(
  results: string,
  kept: Pick<Paths, "manifest" | "ledger" | "retry">,
  cwd: string,
): void {
  const what = overwrittenBy(results, kept);
  if (what === undefined || what === "results") return;
  const hint = "name another file with --results";
  const message = OVERWRITES[what](displayPath(results, cwd));
  throw new UserError(`RESULTS_IS_${what.toUpperCase()}`, message, { hint });
}

const OVERWRITES = {
  manifest: (results: string) => `the results would overwrite ${results}, the manifest`,
  ledger: (results: string) => `the results would overwrite ${results}, which is the ledger's`,
  retry: (results: string) => `the failed rows would overwrite ${results}`,
  picture: (results: string) => `the results would overwrite ${results}, a picture`,
};

/** Nobody names the retry sheet; a link may stand in its place. */
function refuseRetryOver(
  { manifest, ledger, retry }: Pick<Paths, "manifest" | "ledger" | "retry">,
  cwd: string,
): void {
  const what = overwrittenBy(retry, { manifest, ledger });
  if (what === undefined) return;
  const message = `the failed rows would overwrite ${displayPath(retry, cwd)}, which is the ${what}`;
  throw new UserError("RETRY_OVERWRITES", message, { hint: "move it away" });
}

/** Whoever names a file with an option may mean a link. */
function refuseLeadingOut(files: readonly string[], cwd: string): void {
  for (const file of files) {
    const real = leadsOut(file);
    if (real === undefined) continue;
    const message = `${displayPath(file, cwd)} is a link that leads to ${real}, out of the manifest's folder`;
    throw new UserError("LINK_LEADS_OUT", message, {
      hint: "remove the link; where the results are meant to go there, name the file with --results",
    });
  }
}

function manifestKey(path: string, sheet: string | undefined): string {
  const key = path.split(sep).join("/");
  return sheet === undefined ? key : `${key}#${sheet}`;
}

/** A workbook's results are a workbook. */
function resultsBeside(manifest: string): string {
  return beside(manifest, isWorkbookName(manifest) ? "results.xlsx" : "results.csv");
}

function beside(manifest: string, ending: string): string {
  return join(dirname(manifest), `${basename(manifest, extname(manifest))}.${ending}`);
}

/** A path as the user would name it from the working folder. */
export function displayPath(path: string, cwd: string): string {
  const fromCwd = relative(cwd, path);
  return fromCwd === "" || fromCwd.startsWith(`..${sep}..`) ? path : fromCwd;
}

/** A manifest by its name in the ledger (`Paths.manifestKey`), as the user would name it from the working folder. */
export function displayManifest(manifestKey: string, ledger: string, cwd: string): string {
  return displayPath(resolve(dirname(ledger), manifestKey), cwd);
}

/** What a file's name says it is: `.db`, `.results.csv`. */
const ENDING = /(\.results)?(\.[^./\\]+)?$/;

/** Where a shard keeps what the whole manifest keeps in `path`: `a.db` → `a.shard-2-of-4.db`. */
export function ofShard(path: string, { index, count }: Shard): string {
  return path.replace(ENDING, (ending) => `.shard-${index}-of-${count}${ending}`);
}

/** A ledger that a shard left beside the whole manifest's. */
export interface ShardFile {
  file: string;
  shard: Shard;
}

const MARK = /\.shard-(\d+)-of-(\d+)(?=(\.[^./\\]+)?$)/;

/** The ledgers that stand beside `ledger`, named as `ofShard` names them; by N, then K. */
export function findShardLedgers(ledger: string): ShardFile[] {
  const found = filesIn(dirname(ledger)).flatMap((name): ShardFile[] => {
    const [, index, count] = MARK.exec(name) ?? [];
    const shard = index && count ? parseShard(`${index}/${count}`) : undefined;
    const isOurs = shard && ofShard(basename(ledger), shard) === name;
    return isOurs ? [{ file: join(dirname(ledger), name), shard }] : [];
  });
  return found.sort((a, b) => a.shard.count - b.shard.count || a.shard.index - b.shard.index);
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No folder, no ledgers; whoever opens the ledger says what is wrong with it.
    return [];
  }
}
