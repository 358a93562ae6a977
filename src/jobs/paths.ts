import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import type { ImageLimits } from "../files/image-place.ts";
import { isWorkbookName } from "../manifest/manifest.ts";
import { parseShard, type Shard } from "../plan/shard.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions } from "./options.ts";
import { type KeptFiles, overwrittenBy, realPathOf } from "./overwriting.ts";

/** Where a manifest's things are kept; all absolute. */
export interface Paths {
  /** The file that the job was given: the manifest, or its results or retry sheet. */
  manifest: string;
  /** The manifest that it is, whether or not it is there. */
  main: string;
  /** Which of the manifest's three names the file has. */
  member: Member;
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
  /** The results file's name in the ledger. */
  resultsKey: string;
}

/** Where a job's images may be read from, and how large they may be. */
export function imageLimits(paths: Paths, { maxSize }: Pick<JobOptions, "maxSize">): ImageLimits {
  return { ...paths, maxBytes: maxSize };
}

/** One manifest has three names: `summer.csv`, `summer.results.csv`, `summer.retry.csv`. */
type Member = "manifest" | "results" | "retry";

type PathOptions = Pick<JobOptions, "ledger" | "results" | "root" | "sandbox" | "sheet" | "shard">;

/** Lays out a manifest's files as the contract says ("Where things are kept"). */
export function resolvePaths(manifestFile: string, options: PathOptions, cwd: string): Paths {
  const manifest = resolve(cwd, manifestFile);
  const { main, member } = memberOf(manifest);
  const baseDir = dirname(manifest);
  const sandboxStore = join(baseDir, ".qgfx", "sandbox");
  const ledgerDir = options.sandbox ? sandboxStore : join(baseDir, ".qgfx");
  const whole = {
    ledger: options.ledger ? resolve(cwd, options.ledger) : join(ledgerDir, "ledger.db"),
    results: options.results ? resolve(cwd, options.results) : beside(main, "results", options),
  };
  const { shard } = options;
  const ledger = shard ? ofShard(whole.ledger, shard) : whole.ledger;
  const results = shard ? ofShard(whole.results, shard) : whole.results;
  const retry = retryOf(main, options);
  refuseOverwriting({ manifest, member, ledger, results, retry }, cwd);
  refuseLeadingOut(options.results === undefined ? [results, retry] : [retry], cwd);
  const ledgerFolder = dirname(ledger);
  return {
    manifest,
    main,
    member,
    baseDir,
    rootDir: options.root ? resolve(cwd, options.root) : baseDir,
    ledger,
    results,
    whole,
    retry,
    sandboxStore,
    manifestKey:
      keyOf(ledgerFolder, main) + (options.sheet === undefined ? "" : `#${options.sheet}`),
    resultsKey: keyOf(ledgerFolder, results),
  };
}

/**
 * Manifests of one stem, and sheets of one workbook, have one name for their retry sheets, too: the one whose results go
 * elsewhere says whose its is.
 */
function retryOf(main: string, options: PathOptions): string {
  const { results, sheet } = options;
  const isApart = results !== undefined && (sheet !== undefined || siblingsOf(main).length > 0);
  if (!isApart) return beside(main, "retry", options);
  return `${main}${sheet === undefined ? "" : `.${sheet}`}.retry${endingOf(main)}`;
}

const MEMBER = /^(.+?)(?:\.sandbox)?\.(results|retry)(\.csv|\.xlsx)$/i;
const CSV_MAINS = [".csv", ".tsv", ".txt", ".yaml", ".yml"];

/** Which manifest a file is, by its name and what stands beside it. */
export function memberOf(file: string): { main: string; member: Member } {
  const [, stem, text, ending] = MEMBER.exec(basename(file)) ?? [];
  if (!stem || !text || !ending) return { main: file, member: "manifest" };
  const member = text.toLowerCase() === "retry" ? "retry" : "results";
  // As retryOf names the retry sheet of one sheet of a workbook.
  const [, workbook] = /^(.+?\.xlsx)\../i.exec(stem) ?? [];
  if (workbook) return { main: join(dirname(file), workbook), member };
  const path = join(dirname(file), stem);
  const isNamed = [...CSV_MAINS, ".xlsx"].includes(extname(stem).toLowerCase());
  if (isNamed) return { main: path, member };
  const { main } = memberOf(`${path}${ending}`);
  return { main: mainsOf(main)[0] ?? main, member };
}

/** The manifests that are there and would have the results of `main`, itself first. */
function mainsOf(main: string): string[] {
  if (isWorkbookName(main)) return existsSync(main) ? [main] : [];
  const stem = main.slice(0, -extname(main).length);
  const others = CSV_MAINS.map((ending) => stem + ending).filter((file) => file !== main);
  return [main, ...others].filter((file) => existsSync(file));
}

/** The manifests that are there and would share the results file of `main`. */
export function siblingsOf(main: string): string[] {
  return mainsOf(main).filter((file) => file !== main);
}

/**
 * The results replace what is there; so does the retry sheet, which nobody names, but a link may stand in its place. A
 * results file or retry sheet that is applied as a manifest is written back to itself.
 */
function refuseOverwriting(kept: KeptFiles & { member: Member }, cwd: string): void {
  const { manifest, member, ledger, results, retry } = kept;
  const what = overwrittenBy(results, { manifest, ledger, retry });
  const isItself = what === "manifest" && member === "results";
  if (what !== undefined && what !== "results" && !isItself) {
    const message = OVERWRITES[what](displayPath(results, cwd));
    const hint = "name another file with --results";
    throw new UserError(`RESULTS_IS_${what.toUpperCase()}`, message, { hint });
  }
  const other = overwrittenBy(retry, { manifest, ledger });
  if (other === undefined || (other === "manifest" && member === "retry")) return;
  const message = `the failed rows would overwrite ${displayPath(retry, cwd)}, which is the ${other}`;
  throw new UserError("RETRY_OVERWRITES", message, { hint: "move it away" });
}

const OVERWRITES = {
  manifest: (results: string) => `the results would overwrite ${results}, the manifest`,
  ledger: (results: string) => `the results would overwrite ${results}, which is the ledger's`,
  retry: (results: string) => `the failed rows would overwrite ${results}`,
  picture: (results: string) => `the results would overwrite ${results}, an image`,
};

/**
 * Refuses files that are named after a manifest and by nobody where a link leads them out of the folder: a stranger
 * may have packed it. Whoever names a file with an option may mean a link.
 */
function refuseLeadingOut(files: readonly string[], cwd: string): void {
  for (const file of files) {
    const real = realPathOf(file);
    if (dirname(real) === realPathOf(dirname(file))) continue;
    const message = `${displayPath(file, cwd)} is a link that leads to ${real}, out of the manifest's folder`;
    throw new UserError("LINK_LEADS_OUT", message, {
      hint: "remove the link; where the results are meant to go there, name the file with --results",
    });
  }
}

/** A file's name in a ledger: relative to its folder, with `/`. */
export function keyOf(ledgerFolder: string, path: string): string {
  return relative(ledgerFolder, path).split(sep).join("/");
}

/** A file that stands beside a manifest and is named after it; the sandbox has its own. */
function beside(main: string, what: Member, { sandbox }: Pick<PathOptions, "sandbox">): string {
  const mark = sandbox ? ".sandbox" : "";
  return `${main.slice(0, -extname(main).length || undefined)}${mark}.${what}${endingOf(main)}`;
}

/** A workbook's results are a workbook. */
function endingOf(main: string): string {
  return isWorkbookName(main) ? ".xlsx" : ".csv";
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

/** What a shard left beside what the whole manifest has. */
export interface ShardFile {
  file: string;
  shard: Shard;
}

const MARK = /\.shard-(\d+)-of-(\d+)(?=(\.results)?(\.[^./\\]+)?$)/;

/** Which shard's a file is by its name. */
export function shardInName(name: string): Shard | undefined {
  const [, index, count] = MARK.exec(name) ?? [];
  return index && count ? parseShard(`${index}/${count}`) : undefined;
}

/** The ledgers, or results, of shards that stand beside `whole`, named as `ofShard` names them; by N, then K. */
export function findShardFiles(whole: string): ShardFile[] {
  const folder = dirname(whole);
  const found = namesIn(folder).flatMap((name): ShardFile[] => {
    const shard = shardInName(name);
    const isOurs = shard && ofShard(basename(whole), shard) === name;
    return isOurs ? [{ file: join(folder, name), shard }] : [];
  });
  return found.sort((a, b) => a.shard.count - b.shard.count || a.shard.index - b.shard.index);
}

/** The results that version 0.1 wrote of a manifest's retry sheets and results: `m.retry.results.csv`. */
export function retryResultsOf(main: string): string[] {
  const files = namesIn(dirname(main)).map((name) => join(dirname(main), name));
  return files.filter(
    (file) => /\.(retry|results)\.results\.\w+$/i.test(file) && memberOf(file).main === main,
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No folder, no files; whoever opens one says what is wrong with it.
    return [];
  }
}
