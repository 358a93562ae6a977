import { replaceFile } from "../files/replace-file.ts";
import { findHeader, readRecords } from "../manifest/csv-records.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { FIELDS, isWorkbookName, type Manifest } from "../manifest/manifest.ts";
import { decodeText } from "../manifest/text-encoding.ts";
import { markProblems } from "../report/check-workbook.ts";
import { formatTableWorkbook } from "../report/results-workbook.ts";
import { plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import { overwrittenBy } from "./overwriting.ts";
import type { Paths } from "./paths.ts";
import type { JobMessage } from "./watcher.ts";

/** A manifest and what was found of it. */
interface Checked {
  bytes: Uint8Array;
  manifest: Manifest | undefined;
  diagnostics: readonly Diagnostic[];
}

/** Writes the check report, for whoever wrote the sheet; gives what there is to say of it. */
export async function writeCheckReport(
  { file, shown }: { file: string; shown: string },
  { bytes, manifest, diagnostics }: Checked,
  paths: Paths,
  { encoding }: { encoding?: string },
): Promise<JobMessage> {
  if (!isWorkbookName(file) || overwrittenBy(file, paths) !== undefined) {
    throw new UserError("REPORT_NAME", `the check report cannot be ${shown}`, {
      hint: "name a new .xlsx file, for example --report check.xlsx",
    });
  }
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

interface TableLine {
  /** Line of the manifest. */
  line: number;
  cells: readonly string[];
}

/** A CSV or YAML manifest as a table; undefined: nothing of it can be read. */
function tableOf(
  bytes: Uint8Array,
  manifest: Manifest | undefined,
  encoding: string | undefined,
): TableLine[] | undefined {
  if (manifest?.format === "yaml") {
    return [
      { line: 1, cells: FIELDS },
      ...manifest.rows.map(({ line, cells }) => ({ line, cells })),
    ];
  }
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
