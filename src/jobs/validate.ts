import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Before } from "../files/inspect-image.ts";
import { readManifestBytes } from "../files/read-file.ts";
import { replaceFile } from "../files/replace-file.ts";
import { findHeader, readRecords } from "../manifest/csv-records.ts";
import { type Diagnostic, hasErrors, showValue } from "../manifest/diagnostic.ts";
import type { Change } from "../manifest/edit/manifest-edit.ts";
import {
  FIELDS,
  isWorkbookName,
  type Manifest,
  type ManifestRow,
  type ParsedManifest,
} from "../manifest/manifest.ts";
import { decodeText } from "../manifest/text-encoding.ts";
import { EXIT } from "../report/summary.ts";
import { plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import { inspectManifest, loadBytes } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { overwrittenBy } from "./overwriting.ts";
import { displayPath, imageLimits, type Paths, resolvePaths } from "./paths.ts";
import { isConfirmed, type JobHost, type JobMessage, type JobResult } from "./watcher.ts";

/** Every problem of a manifest and its images that can be found without the network, by line. */
export async function validate(
  file: string,
  options: JobOptions & { report?: string },
  { cwd, watcher }: Pick<JobHost, "cwd"> & Partial<Pick<JobHost, "watcher">>,
): Promise<JobResult<readonly Diagnostic[]>> {
  const paths = resolvePaths(file, options, cwd);
  const bytes = await readManifestBytes(paths.manifest);
  const loaded = await loadBytes(file, bytes, options);
  const limits = imageLimits(paths, options);
  const checked = await inspectManifest(loaded, limits, await knownBefore(paths));
  const { diagnostics } = checked;
  if (options.report !== undefined) {
    const out = { file: resolve(cwd, options.report), shown: options.report };
    watcher?.tell(await writeCheckReport(out, { ...checked, bytes }, paths, options));
  }
  return { exitCode: hasErrors(diagnostics) ? EXIT.usage : EXIT.done, document: diagnostics };
}

/** By what a run last saw a file can be found again; every file is looked into all the same. */
async function knownBefore({ ledger, manifestKey }: Paths): Promise<Before> {
  const { readKnownImages } = await import("../ledger/known-images.ts");
  return { known: readKnownImages(ledger, manifestKey), isTrusted: false };
}

/** What became of a manifest that was to be repaired. */
export interface Repairs {
  changes: readonly Change[];
  /** Where the manifest is kept as it was, as seen from the working directory; undefined: nothing was written. */
  backup: string | undefined;
  /** What is left. */
  diagnostics: readonly Diagnostic[];
}

/**
 * Repairs a manifest where the repair is exact: tells each change, asks, keeps the file as it was beside it and
 * writes.
 */
export async function fix(
  file: string,
  options: JobOptions & { yes?: boolean },
  host: JobHost,
): Promise<JobResult<Repairs>> {
  const paths = resolvePaths(file, options, host.cwd);
  const limits = imageLimits(paths, options);
  const original = await readManifestBytes(paths.manifest);
  const load = (bytes: Uint8Array) => loadBytes(file, bytes, options);
  const before = await knownBefore(paths);
  const inspect = async (bytes: Uint8Array) => inspectManifest(await load(bytes), limits, before);
  const { repairManifest } = await import("../manifest/edit/repair-manifest.ts");
  const { bytes, changes, diagnostics } = await repairManifest(file, original, load, inspect);
  if (changes.length > 0) host.watcher.tell({ kind: "repairs", manifest: file, changes });
  const question = { kind: "repair", count: changes.length, manifest: file } as const;
  const isAgreed = changes.length === 0 || options.yes || (await isConfirmed(question, host));
  const isWritten = isAgreed && changes.length > 0;
  const kept = isWritten ? await keepAndReplace(paths.manifest, original, bytes) : undefined;
  const backup = kept === undefined ? undefined : displayPath(kept, host.cwd);
  const exitCode = hasErrors(diagnostics) ? EXIT.usage : EXIT.done;
  return {
    exitCode: isAgreed ? exitCode : EXIT.declined,
    document: { changes, backup, diagnostics },
  };
}

/** Keeps the old file beside the new one; refuses where somebody has changed it meanwhile. Gives where it is kept. */
export async function keepAndReplace(
  file: string,
  original: Uint8Array,
  bytes: Uint8Array,
): Promise<string> {
  if (Buffer.compare(await readManifestBytes(file), original) !== 0) {
    throw new UserError("FIX_CHANGED", `${showValue(file)} was changed by another program`, {
      hint: "close it in other programs, then run it again",
    });
  }
  const backup = freeName(file);
  await replaceFile(backup, original);
  await replaceFile(file, bytes);
  return backup;
}

/** `m.csv.bak`, or `m.csv.bak2` and so on: an older backup is never written over. */
function freeName(manifest: string): string {
  for (let number = 1; ; number += 1) {
    const name = `${manifest}.bak${number === 1 ? "" : number}`;
    if (!existsSync(name)) return name;
  }
}

/** Writes the check report, for whoever wrote the sheet; gives what there is to say of it. */
async function writeCheckReport(
  { file, shown }: { file: string; shown: string },
  { bytes, manifest, diagnostics }: ParsedManifest & { bytes: Uint8Array },
  paths: Paths,
  { encoding }: { encoding?: string },
): Promise<JobMessage> {
  if (!isWorkbookName(file) || overwrittenBy(file, paths) !== undefined) {
    throw new UserError("REPORT_NAME", `the check report cannot be ${shown}`, {
      hint: "name a new .xlsx file, for example --report check.xlsx",
    });
  }
  // A command that writes no workbook does without what writes one.
  const { markProblems } = await import("../report/check-workbook.ts");
  const { formatTableWorkbook } = await import("../report/results-workbook.ts");
  const isWorkbook = isWorkbookName(paths.manifest);
  const table = isWorkbook ? undefined : tableOf(bytes, manifest, encoding);
  const workbook = table ? await formatTableWorkbook(table.map(({ cells }) => cells)) : bytes;
  const found = table ? diagnostics.map((one) => placed(one, table, manifest)) : diagnostics;
  const sheet = isWorkbook ? manifest?.workbook?.sheet : undefined;
  const marked = isWorkbook || table ? markProblems(workbook, sheet, found) : undefined;
  if (!marked) {
    return { kind: "warning", text: "no check report: the manifest cannot be read as a table" };
  }
  await replaceFile(file, marked);
  const count = plural(found.filter(({ severity }) => severity !== "note").length, "problem");
  return { kind: "note", text: `${shown}: a copy with ${count} marked in its cells` };
}

type TableLine = Pick<ManifestRow, "line" | "cells">;

/** A CSV or YAML manifest as a table; undefined: nothing of it can be read. */
function tableOf(
  bytes: Uint8Array,
  manifest: Manifest | undefined,
  encoding: string | undefined,
): TableLine[] | undefined {
  if (manifest?.format === "yaml") return [{ line: 1, cells: FIELDS }, ...manifest.rows];
  const text = decodeText(bytes, encoding);
  const header = "message" in text ? undefined : findHeader(text.utf8);
  if ("message" in text || !header || "reason" in header) return undefined;
  const table: TableLine[] = [{ line: header.line, cells: header.cells }];
  readRecords(text.utf8, header.delimiter, header.next, (cells, line) =>
    table.push({ line, cells }),
  );
  return table;
}

/** Lines and columns as the table has them. */
function placed(found: Diagnostic, table: readonly TableLine[], manifest?: Manifest): Diagnostic {
  const index = table.findIndex(({ line }) => line === found.line);
  const fields: readonly (string | null)[] = FIELDS;
  const field = fields.indexOf(found.field) + 1;
  const column = manifest?.format === "yaml" ? field || null : found.column;
  return { ...found, line: index === -1 ? null : index + 1, column };
}
