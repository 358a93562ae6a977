import { existsSync, readdirSync } from "node:fs";
import { dirname, extname, join, resolve, sep } from "node:path";
import { readKnownImages } from "../ledger/known-images.ts";
import { readLedgerOrNone } from "../ledger/read-ledger.ts";
import { isWorkbookName } from "../manifest/manifest.ts";
import { graphicUrl } from "../plan/service.ts";
import { exportRows } from "../report/exported-row.ts";
import type { Size } from "../survey/fill-text.ts";
import type { KnownRecord } from "../survey/known-graphics.ts";
import { UserError } from "../user-error.ts";
import { type OpenedManifest, openManifest } from "./open-job.ts";
import type { JobOptions, UrlOptions } from "./options.ts";
import { displayPath, memberOf, type Paths, resolvePaths } from "./paths.ts";
import { withRecord } from "./record.ts";
import { urlOn } from "./service.ts";
import { type JobHost, withTell } from "./watcher.ts";

/** What manifests and their records know of graphics. */
export interface SurveyRecord {
  records: KnownRecord[];
  paths: Paths[];
  sizes: Map<string, Size>;
}

/**
 * Reads the manifests that are named; without names every sheet of the working folder that has a record, but for the
 * files in `except`. A `UserError` where one that is named has errors, or nothing is found.
 */
export async function readSurveyRecord(
  named: readonly string[],
  except: readonly string[],
  options: JobOptions & UrlOptions,
  host: JobHost,
): Promise<SurveyRecord> {
  const all: SurveyRecord = { records: [], paths: [], sizes: new Map() };
  const isNamed = named.length > 0;
  for (const file of isNamed ? named : findSheets(except, options, host.cwd)) {
    try {
      await readSheet(file, options, host, all);
    } catch (error) {
      if (isNamed || !(error instanceof UserError)) throw error;
      host.watcher.tell({ kind: "warning", text: `${file} is left out: ${error.message}` });
    }
  }
  if (all.records.length > 0) return all;
  const which = options.sandbox ? "the sandbox" : "a library";
  throw new UserError("FILL_NO_RECORD", `no sheet in this folder has been uploaded to ${which}`, {
    hint: "run `qgfx apply` first, or name the sheet with --with (--sandbox for a rehearsal)",
  });
}

const SHEET = /^\.(?:csv|tsv|txt|xlsx|ya?ml)$/i;

/** The sheets of a folder that have been uploaded, each by one of its names. */
function findSheets(except: readonly string[], options: JobOptions, cwd: string): string[] {
  const names = readdirSync(cwd).filter(
    (name) => SHEET.test(extname(name)) && !name.startsWith("."),
  );
  const sheets = new Map<string, string>();
  for (const file of names.sort().map((name) => join(cwd, name))) {
    const { main, member } = memberOf(file);
    const isOther = /\.sandbox\.\w+\.\w+$/i.test(file) !== (options.sandbox === true);
    if (except.includes(file) || (member !== "manifest" && (member === "retry" || isOther)))
      continue;
    if (hasRecord(main, options, cwd)) sheets.set(main, existsSync(main) ? main : file);
  }
  return [...sheets.values()].map((file) => displayPath(file, cwd));
}

function hasRecord(main: string, options: JobOptions, cwd: string): boolean {
  const paths = resolvePaths(main, options, cwd);
  if (existsSync(paths.results)) return true;
  if (!existsSync(paths.ledger)) return false;
  const ledger = readLedgerOrNone(paths.ledger);
  try {
    return ledger.runs(paths.manifestKey).length > 0;
  } finally {
    ledger.close();
  }
}

async function readSheet(
  file: string,
  options: JobOptions & UrlOptions,
  host: JobHost,
  all: SurveyRecord,
): Promise<void> {
  // What is wrong with a sheet is for the commands that are about it.
  const watcher = withTell(host.watcher, (message) => {
    if (message.kind !== "diagnostics") host.watcher.tell(message);
  });
  const { sheet, ...others } = options;
  const own = isWorkbookName(file) && sheet !== undefined ? { ...others, sheet } : others;
  const job = await openManifest(file, own, { ...host, watcher });
  if (!job) {
    throw new UserError("MANIFEST_INVALID", `${file} has errors`, {
      hint: `run \`qgfx validate ${file}\` to see them`,
    });
  }
  all.records.push(await readJobRecord(job, options));
  all.paths.push(job.paths);
  for (const { image } of readKnownImages(job.paths.ledger, job.paths.manifestKey)) {
    const { sha256, widthPx, heightPx } = image;
    all.sizes.set(sha256, { widthPx, heightPx });
  }
}

/** The host in addresses of a rehearsal: a name that no computer has (RFC 2606). */
const NOWHERE = "https://sandbox.invalid";

/** What the record knows of a manifest that has been opened. */
export function readJobRecord(job: OpenedManifest, options: UrlOptions): Promise<KnownRecord> {
  const { manifest, paths } = job;
  return withRecord(job, (ledger, target) => {
    const recordOf = ledger.rowRecords(target);
    const rows = exportRows(manifest, recordOf).map((exported) => {
      const { row, graphicId } = exported;
      const url =
        graphicId && (urlOn(target.host, graphicId, options) || graphicUrl(NOWHERE, graphicId));
      const file = withSlashes(resolve(paths.baseDir, row.path));
      return { ...exported, url, file, manifest: manifest.file, status: recordOf(row).status };
    });
    // What the sheet itself says of an earlier upload, perhaps to another library.
    const earlier = rows.flatMap(({ row, graphicId }) => {
      const oldId = row.prior?.graphicId ?? null;
      return oldId === null || graphicId === null ? [] : [{ oldId, newId: graphicId }];
    });
    return {
      library: `${target.service} ${target.library}`,
      rows,
      graphics: ledger.graphics(target, paths.manifestKey),
      replacements: [...ledger.replacements(target), ...earlier],
    };
  });
}

/** A path as web pages write it. */
function withSlashes(path: string): string {
  return path.split(sep).join("/");
}

/** The folders in which a file's local images may be: its own, then those of the manifests. */
export function imageFolders(file: string, paths: readonly Paths[]): string[] {
  const folders = [dirname(file), ...paths.map(({ baseDir }) => baseDir)];
  return [...new Set(folders.map(withSlashes))];
}
