import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { ImageLimits } from "../files/image-place.ts";
import { type Before, inspectImages } from "../files/inspect-image.ts";
import { readManifestBytes } from "../files/read-file.ts";
import { assertNameFits, assertReplaceable } from "../files/replace-file.ts";
import { checkImages } from "../manifest/check-images.ts";
import { checkManifest } from "../manifest/check-manifest.ts";
import { type Diagnostic, hasErrors, showValue } from "../manifest/diagnostic.ts";
import type { Inspection, KnownImage } from "../manifest/image.ts";
import {
  isWorkbookName,
  type Manifest,
  type ParsedManifest,
  withRows,
} from "../manifest/manifest.ts";
import { parseManifest } from "../manifest/parse-manifest.ts";
import { isEncoding } from "../manifest/text-encoding.ts";
import type { Wanted } from "../plan/planned-row.ts";
import type { Target } from "../plan/service.ts";
import { formatShard, isInShard, type Shard } from "../plan/shard.ts";
import { EXIT } from "../report/summary.ts";
import { plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions } from "./options.ts";
import { imageLimits, type Paths, resolvePaths } from "./paths.ts";
import { resolveTarget } from "./service.ts";
import { findKeySource, type KeySource } from "./upload-keys.ts";
import { findKeyedLibrary, readUserSettings, type UserSettings } from "./user-settings.ts";
import type { JobHost, JobResult } from "./watcher.ts";

/** A manifest without errors, for jobs that need its rows and none of its images. */
export interface OpenedManifest<Options extends JobOptions = JobOptions> {
  options: Options;
  host: JobHost;
  paths: Paths;
  manifest: Manifest;
  /** The manifest itself, or where the job is one shard or a retry sheet, what its rows are a part of. */
  whole: Manifest;
}

/** A manifest and images without errors, and everything that decides what is done with them. */
export interface Job<Options extends JobOptions = JobOptions> extends OpenedManifest<Options> {
  /** The manifest's rows, each with what its file holds. */
  wanted: readonly Wanted[];
  /** What a later command can know again of the files; each once. */
  known: readonly KnownImage[];
  target: Target;
  settings: UserSettings;
  /** Set where each upload is sent with a key. */
  keys: KeySource | undefined;
}

/** Of a job whose manifest has errors: they were told. */
export const INVALID: JobResult<never> = { exitCode: EXIT.usage, document: undefined };

/** Reads and checks a manifest and tells what was found; undefined where errors forbid going on. */
export async function openManifest<Options extends JobOptions>(
  file: string,
  options: Options,
  host: JobHost,
): Promise<OpenedManifest<Options> | undefined> {
  const paths = resolvePaths(file, options, host.cwd);
  const { manifest, diagnostics } = await loadManifest(file, host, options);
  host.watcher.tell({ kind: "diagnostics", found: diagnostics });
  if (!manifest || hasErrors(diagnostics)) return undefined;
  return { options, host, paths, manifest, whole: await wholeOf(manifest, paths, options) };
}

/** What a retry sheet's rows are a part of: the manifest, or its results where the manifest is not there any more. */
async function wholeOf(
  manifest: Manifest,
  { member, main, results }: Paths,
  options: JobOptions,
): Promise<Manifest> {
  if (member !== "retry") return manifest;
  for (const file of [main, results]) {
    if (!existsSync(file)) continue;
    const found = await loadBytes(file, await readManifestBytes(file), options);
    if (found.manifest && !hasErrors(found.diagnostics)) return withRows(found.manifest, manifest);
  }
  return manifest;
}

/**
 * Reads and checks everything that can be checked without ledger and network, and tells what was found; undefined
 * where errors forbid going on. The ledger is opened by what the job means to do with it, see job-ledger.ts.
 */
export async function openJob<Options extends JobOptions>(
  file: string,
  options: Options,
  host: JobHost,
): Promise<Job<Options> | undefined> {
  const paths = resolvePaths(file, options, host.cwd);
  const settings = readUserSettings(host);
  const loaded = await loadManifest(file, host, options);
  const { shard } = options;
  // The whole manifest is checked, and of the images the shard's own: the others may be elsewhere.
  const own = { ...loaded, manifest: loaded.manifest && rowsOf(loaded.manifest, shard) };
  // A command that opens no ledger does without what a ledger needs.
  const { readKnownImages } = await import("../ledger/known-images.ts");
  const limits = imageLimits(paths, options);
  const recorded = readKnownImages(paths.ledger, paths.manifestKey);
  const { manifest, diagnostics, inspections } = await inspectManifest(own, limits, {
    known: host.draft ? [...recorded, ...seenImages(host.draft.inspections)] : recorded,
    isTrusted: true,
    ...(shard && loaded.manifest && { all: loaded.manifest.rows.map(({ path }) => path) }),
  });
  const seen = new Map<string, Inspection>();
  for (const [index, found] of inspections.entries()) {
    seen.set(manifest?.rows[index]?.path ?? "", found);
  }
  for (const [path, found] of seen) host.draft?.inspections.set(path, found);
  host.watcher.tell({ kind: "diagnostics", found: diagnostics });
  if (!loaded.manifest || !manifest || hasErrors(diagnostics)) return undefined;
  const whole = await wholeOf(loaded.manifest, paths, options);
  // Before anything is sent: the results are the first thing that everyone wants of it.
  await assertReplaceable(paths.results);
  const wanted = manifest.rows.flatMap((row, index): Wanted[] => {
    const found = inspections[index];
    return found && "image" in found ? [{ row, image: found.image }] : [];
  });
  const known = seenImages(seen);
  if (shard) {
    const rows = plural(whole.rows.length, "row");
    const text = `shard ${formatShard(shard)}: ${manifest.rows.length} of ${rows}`;
    host.watcher.tell({ kind: "note", text });
  }
  const target = resolveTarget(options, manifest.library, settings);
  const isKeyed = findKeyedLibrary(settings, target) !== undefined;
  const keys = isKeyed ? await findKeySource({ target, settings, options, host }) : undefined;
  return { options, host, paths, manifest, whole, wanted, known, target, settings, keys };
}

/** A `UserError` where a file that uploads write when they end would have too long a name. */
export async function assertNamesFit({ paths, options }: Job): Promise<void> {
  const shorter = "give the manifest a shorter name";
  const isNamed = options.results !== undefined;
  await assertNameFits(paths.results, isNamed ? "give --results a shorter name" : shorter);
  await assertNameFits(paths.retry, shorter);
}

/** Of what was found in files, by their paths as the rows have them, the images that can be known again. */
export function seenImages(seen: ReadonlyMap<string, Inspection>): KnownImage[] {
  return [...seen].flatMap(([path, found]) =>
    "image" in found && found.stamp ? [{ path, image: found.image, stamp: found.stamp }] : [],
  );
}

function rowsOf(whole: Manifest, shard: Shard | undefined): Manifest {
  return shard ? { ...whole, rows: whole.rows.filter((row) => isInShard(row, shard)) } : whole;
}

/** What decides how a manifest's bytes are read. */
type ReadOptions = Pick<JobOptions, "folder" | "sheet" | "encoding">;

/** Reads a manifest and checks what needs no other file. */
export async function loadManifest(
  file: string,
  { cwd, draft }: Pick<JobHost, "cwd" | "draft">,
  options: ReadOptions,
): Promise<ParsedManifest> {
  const path = resolve(cwd, file);
  const bytes = draft?.path === path ? draft.bytes : await readManifestBytes(path);
  return loadBytes(file, bytes, options);
}

/** The same for bytes that have been read. */
export async function loadBytes(
  file: string,
  bytes: Uint8Array,
  options: ReadOptions,
): Promise<ParsedManifest> {
  const { manifest, diagnostics } = await parseBytes(file, bytes, options);
  if (!manifest) return { manifest, diagnostics };
  return { manifest, diagnostics: [...diagnostics, ...checkManifest(manifest)] };
}

/** Reads a manifest's bytes by what its name says they are; a `UserError` where `--sheet` makes no sense. */
export async function parseBytes(
  file: string,
  bytes: Uint8Array,
  { folder, sheet, encoding }: ReadOptions,
): Promise<ParsedManifest> {
  if (sheet !== undefined && !isWorkbookName(file)) {
    const message = `--sheet is for .xlsx workbooks, ${file} has no sheets`;
    throw new UserError("OPTION_CONFLICT", message, {
      hint: "leave --sheet out, or name a workbook",
    });
  }
  if (encoding !== undefined && (isWorkbookName(file) || !isEncoding(encoding))) {
    const message = isWorkbookName(file)
      ? `--encoding is for CSV and YAML, ${file} is a workbook`
      : `the encoding ${showValue(encoding)} is not known`;
    throw new UserError("OPTION_CONFLICT", message, {
      hint: "leave --encoding out, or name one such as windows-1252, windows-1251 or shift_jis",
    });
  }
  return parseManifest(file, bytes, { defaultFolder: folder, sheet, encoding });
}

/** Looks into every row's file and adds what is found to the diagnostics; `inspections[i]` belongs to `rows[i]`. */
export async function inspectManifest(
  { manifest, diagnostics }: ParsedManifest,
  limits: ImageLimits,
  before: Before,
): Promise<ParsedManifest & { inspections: readonly Inspection[] }> {
  if (!manifest) return { manifest, diagnostics, inspections: [] };
  const meant = diagnostics.flatMap(({ meantRow }) => meantRow?.path ?? []);
  const there = await inspectImages(meant, limits);
  const isThere = new Set(meant.filter((_path, index) => there[index] && "image" in there[index]));
  const paths = manifest.rows.map(({ path }) => path);
  const inspections = await inspectImages(paths, limits, before);
  const known = diagnostics.map((one) => withMeantRow(one, isThere));
  const found = [...known, ...checkImages(manifest, inspections)];
  return { manifest, diagnostics: found.sort(byLine), inspections };
}

/** A row with too many cells because of its path: the file is there. */
function withMeantRow(found: Diagnostic, isThere: ReadonlySet<string>): Diagnostic {
  const { meantRow } = found;
  if (!meantRow || !isThere.has(meantRow.path)) return found;
  const hint = `put the path in double quotes: "${meantRow.path}"; 'qgfx validate --fix' does it`;
  return { ...found, hint, repair: { kind: "row", ...meantRow } };
}

function byLine(a: Diagnostic, b: Diagnostic): number {
  return (a.line ?? 0) - (b.line ?? 0);
}
