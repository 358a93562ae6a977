import { resolve } from "node:path";
import { replaceFile } from "../files/replace-file.ts";
import type { ManifestRow } from "../manifest/manifest.ts";
import { addressKey } from "../plan/recorded.ts";
import {
  type ExportDocument,
  type Exported,
  exportAs,
  formatExportFile,
} from "../report/export-formats.ts";
import { type ExportedRow, type ExportFormat, exportRows } from "../report/exported-row.ts";
import { type ListedUnknown, listUnknowns } from "../report/resolution.ts";
import type { RowRecord } from "../report/results.ts";
import { EXIT } from "../report/summary.ts";
import { plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import { writeResults } from "./end-job.ts";
import { INVALID, type OpenedManifest, openManifest } from "./open-job.ts";
import type { JobOptions, UrlOptions } from "./options.ts";
import { overwrittenBy } from "./overwriting.ts";
import { displayPath } from "./paths.ts";
import type { GivenSurvey } from "./question-template.ts";
import { withRecord } from "./record.ts";
import type { RecordedTarget } from "./results-file.ts";
import { urlOn } from "./service.ts";
import type { JobHost, JobResult } from "./watcher.ts";

/** The results file, as seen from the working directory, and how its rows stand. */
export interface ResultsWritten {
  results: string;
  rows: readonly { row: ManifestRow; record: RowRecord }[];
}

/** Writes a manifest's results file from the ledger alone. */
export async function rewriteResults(
  file: string,
  options: JobOptions,
  host: JobHost,
): Promise<JobResult<ResultsWritten>> {
  const job = await openManifest(file, options, host);
  if (!job) return INVALID;
  const { manifest, paths } = job;
  const rows = await withRecord(job, async (ledger, target) => {
    const recordOf = ledger.rowRecords(target);
    await writeResults(job, recordOf);
    return manifest.rows.map((row) => ({ row, record: recordOf(row) }));
  });
  return { exitCode: EXIT.done, document: { results: displayPath(paths.results, host.cwd), rows } };
}

export interface ExportOptions extends JobOptions, UrlOptions {
  format: ExportFormat;
  /** Where the text is written; it is part of the document without. */
  out?: string;
  /** For question: an exported survey, whose question is repeated; its file, or its name and bytes. */
  template?: string | GivenSurvey;
  /** For loop-merge, embedded, js and question: rows with the same text in this column make one row, or one list. */
  groupBy?: string | undefined;
  /** For loop-merge, embedded and question: the column that decides which field of its row a graphic is. */
  columns?: string | undefined;
}

/** Gives a manifest's ids in a format made to be pasted, or writes them to `out`. */
export async function exportResults(
  file: string,
  options: ExportOptions,
  host: JobHost,
): Promise<JobResult<ExportDocument>> {
  const job = await openManifest(file, options, host);
  if (!job) return INVALID;
  const { manifest } = job;
  const { format, groupBy, columns, template } = options;
  if (template !== undefined) {
    const { fillTemplate } = await import("./question-template.ts");
    const filled = await fillTemplate(job, template, options);
    return filled ? writeExport(job, options, filled, filled.missing) : INVALID;
  }
  const rows = await withRecord(job, (ledger, target) =>
    exportRows(manifest, ledger.rowRecords(target)).map((row) =>
      withUrl(row, options, target.host),
    ),
  );
  const exported = exportAs(format, rows, manifest, { groupBy, columns });
  const missing = rows.filter(({ graphicId }) => graphicId === null);
  return writeExport(job, options, exported, missing);
}

/** Gives the text, or writes it to `out`. */
async function writeExport(
  { host, paths }: OpenedManifest,
  options: ExportOptions,
  exported: Exported,
  missing: readonly ExportedRow[],
): Promise<JobResult<ExportDocument>> {
  const { format } = options;
  if (missing.length > 0) host.watcher.tell({ kind: "note", text: missingNote(missing) });
  for (const text of tableNotes(options)) host.watcher.tell({ kind: "note", text });
  const out = options.out === undefined ? undefined : resolve(host.cwd, options.out);
  if (out !== undefined) {
    const { template } = options;
    const isTemplate = typeof template === "string" && resolve(host.cwd, template) === out;
    if (isTemplate || overwrittenBy(out, paths) !== undefined) {
      throw new UserError("OUT_IS_INPUT", `--out would overwrite ${out}`, {
        hint: "name another file with --out",
      });
    }
    await replaceFile(out, await formatExportFile(exported, out));
  }
  const document = {
    version: 1,
    format,
    out: out === undefined ? null : displayPath(out, host.cwd),
    text: out === undefined ? exported.text : null,
    withoutGraphic: missing.map(({ row }) => row.line),
  } as const;
  return { exitCode: EXIT.done, document };
}

function withUrl(row: ExportedRow, options: UrlOptions, host: string): ExportedRow {
  const isAsRecorded = options.urlHost === undefined && options.urlPath === undefined;
  if (row.graphicId === null || isAsRecorded) return row;
  return { ...row, url: urlOn(host, row.graphicId, options) || row.url };
}

function tableNotes({ format, groupBy, columns }: ExportOptions): string[] {
  if (format !== "loop-merge" && format !== "embedded") return [];
  const notes =
    format === "loop-merge" ? ["the first line names the fields; paste what is below it"] : [];
  if (columns !== undefined || groupBy === undefined) return notes;
  return [...notes, "the order of rows decides the fields; --columns COLUMN lets a column decide"];
}

const LINES_LISTED = 10;

function missingNote(missing: readonly ExportedRow[]): string {
  const listed = missing.slice(0, LINES_LISTED).map(({ row }) => row.line);
  const more = missing.length > LINES_LISTED ? " and more" : "";
  return `${plural(missing.length, "row")} without a graphic in the library: line ${listed.join(", ")}${more}`;
}

/** How a manifest stands in its library. */
export interface Standing {
  target: RecordedTarget;
  /** In manifest order. */
  rows: readonly { row: ManifestRow; record: RowRecord }[];
  /** Uploads that got no answer, and when their runs began, ISO 8601. */
  unknowns: readonly (ListedUnknown & { path: string; sentAt: string })[];
}

/** Tells how each row of a manifest stands, and what got no answer. Sends nothing. */
export async function readStanding(
  file: string,
  options: JobOptions,
  host: JobHost,
): Promise<JobResult<Standing>> {
  const job = await openManifest(file, options, host);
  if (!job) return INVALID;
  const { paths, whole } = job;
  const document = await withRecord(job, (ledger, target): Standing => {
    const recordOf = ledger.rowRecords(target);
    const { unknowns } = ledger.recorded(target, paths.manifestKey);
    const sent = new Map(unknowns.map((one) => [addressKey(one), one]));
    const begun = new Map(
      ledger.runs(paths.manifestKey).map(({ run, startedAt }) => [run, startedAt]),
    );
    return {
      target,
      rows: whole.rows.map((row) => ({ row, record: recordOf(row) })),
      unknowns: listUnknowns(whole.rows, unknowns, { isShard: false }).map((one) => {
        const { path = "", run = 0 } = sent.get(addressKey(one)) ?? {};
        return { ...one, path, sentAt: begun.get(run) ?? "" };
      }),
    };
  });
  return { exitCode: EXIT.done, document };
}
