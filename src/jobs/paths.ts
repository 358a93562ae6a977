import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { contentTypeOf } from "../files/image-shape.ts";
import { OPEN_FLAGS } from "../files/read-file.ts";
import { HEADER_BYTES, isLedgerHeader, isOpenHere } from "../ledger/ledger-file.ts";
import { isWorkbookName } from "../manifest/manifest.ts";
import type { Shard } from "../plan/shard.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions, PageOptions } from "./options.ts";

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

/** The results replace what is there; so does the retry sheet, which nobody names, but a link may stand in its place. */
function refuseOverwriting(results: string, kept: Omit<KeptFiles, "results">, cwd: string): void {
  const { manifest, ledger, retry } = kept;
  const what = overwrittenBy(results, kept);
  if (what !== undefined && what !== "results") {
    const message = OVERWRITES[what](displayPath(results, cwd));
    const hint = "name another file with --results";
    throw new UserError(`RESULTS_IS_${what.toUpperCase()}`, message, { hint });
  }
  const other = overwrittenBy(retry, { manifest, ledger });
  if (other === undefined) return;
  const message = `the failed rows would overwrite ${displayPath(retry, cwd)}, which is the ${other}`;
  throw new UserError("RETRY_OVERWRITES", message, { hint: "move it away" });
}

const OVERWRITES = {
  manifest: (results: string) => `the results would overwrite ${results}, the manifest`,
  ledger: (results: string) => `the results would overwrite ${results}, which is the ledger's`,
  retry: (results: string) => `the failed rows would overwrite ${results}`,
  picture: (results: string) => `the results would overwrite ${results}, a picture`,
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

/** What the ledger keeps beside itself: SQLite's log, index and journal, the lock, the seal. */
const BESIDE_LEDGER = /^(-wal|-shm|-journal|\.lock|\.seal)?$/;

/** Files of a manifest that some output must leave alone; absolute. */
interface KeptFiles {
  manifest: string;
  ledger: string;
  results: string;
  retry: string;
}

/**
 * What an output would replace that must be left alone; undefined where nothing. Links are followed, as whoever
 * writes does. Any ledger is one, this manifest's or not, and any picture, for it is seen by its first bytes.
 */
export function overwrittenBy(
  output: string,
  kept: Pick<KeptFiles, "manifest" | "ledger"> & Partial<KeptFiles>,
): keyof KeptFiles | "picture" | undefined {
  const real = realPathOf(output);
  const isKept = (file: string | undefined) => file !== undefined && realPathOf(file) === real;
  if (isKept(kept.manifest)) return "manifest";
  const ledger = realPathOf(kept.ledger);
  if (real.startsWith(ledger) && BESIDE_LEDGER.test(real.slice(ledger.length))) return "ledger";
  if (isKept(kept.results)) return "results";
  return isKept(kept.retry) ? "retry" : contentAt(real);
}

function contentAt(path: string): "ledger" | "picture" | undefined {
  try {
    const stats = statSync(path, { bigint: true });
    if (!stats.isFile()) return undefined;
    if (isOpenHere(stats)) return "ledger";
    const bytes = readStart(path);
    if (isLedgerHeader(bytes)) return "ledger";
    return contentTypeOf(bytes) === undefined ? undefined : "picture";
  } catch {
    // Nothing is there, or nothing that can be looked at: whoever writes it says what is wrong.
    return undefined;
  }
}

function readStart(path: string): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(path, OPEN_FLAGS);
  try {
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** The path that a file has, or would have, where all links are followed; spelt as the disk spells it. */
export function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPathOf(folder), basename(path));
  }
}

const KEPT = {
  manifest: "the manifest",
  ledger: "the ledger",
  results: "where the results go",
  retry: "where the failed rows go",
  picture: "a picture",
};

/**
 * The page's absolute path, undefined where none is wanted. A `UserError` for a name that is not a page's:
 * what is written there is replaced, and it must not be the manifest or a picture.
 */
export function resolvePageFile(
  { html, htmlOld, htmlPictures }: PageOptions,
  paths: KeptFiles,
  cwd: string,
): string | undefined {
  if (html === undefined) {
    const without = htmlOld ? "--html-old" : htmlPictures === undefined ? "" : "--html-pictures";
    if (without === "") return undefined;
    throw new UserError("OPTION_CONFLICT", `${without} is for a page, and no page is asked for`, {
      hint: `add --html with a file name, or leave ${without} out`,
    });
  }
  const file = resolve(cwd, html);
  const kept = overwrittenBy(file, paths);
  if (/\.html?$/i.test(html) && kept === undefined) return file;
  const why = kept === undefined ? "does not end in .html" : `is ${KEPT[kept]}`;
  throw new UserError("HTML_FILE_NAME", `the page's file '${html}' ${why}`, {
    hint: "name a file such as plan.html; what is there is replaced",
  });
}
