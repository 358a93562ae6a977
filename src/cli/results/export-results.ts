import { resolve } from "node:path";
import { replaceFile } from "../../files/replace-file.ts";
import { readRecord, recordedTarget } from "../../jobs/job-ledger.ts";
import { type OpenedManifest, openManifest } from "../../jobs/open-job.ts";
import { overwrittenBy } from "../../jobs/overwriting.ts";
import { displayPath, type Paths } from "../../jobs/paths.ts";
import { readRecords } from "../../jobs/row-records.ts";
import { escapeText } from "../../render/escape.ts";
import { EXIT } from "../../report/exit-code.ts";
import { type ExportDocument, exportAs } from "../../report/export-formats.ts";
import { type ExportedRow, type ExportFormat, exportRows } from "../../report/exported-row.ts";
import { plural } from "../../report/units.ts";
import { UserError } from "../../user-error.ts";
import type { ResultsOptions } from "../commands/results.ts";
import type { HostProcess } from "../host-process.ts";
import type { Terminal } from "../terminal.ts";
import { jobHost } from "../terminal-watcher.ts";

/** Prints a manifest's ids in a format made to be pasted, or writes them to `--out`; gives the exit code. */
export async function exportResults(
  file: string,
  format: ExportFormat,
  options: ResultsOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<number> {
  const opened = await openManifest(file, options, jobHost(process, terminal, options));
  if (!opened) return EXIT.usage;
  const { manifest, paths } = opened;
  const rows = readRows(opened);
  const text = exportAs(format, rows, manifest, options.groupBy);
  const missing = rows.filter(({ graphicId }) => graphicId === null);
  if (missing.length > 0) terminal.note(missingNote(missing));
  const out = options.out === undefined ? undefined : resolve(process.cwd, options.out);
  if (out !== undefined) await write(out, text, paths);
  show(format, text, out && displayPath(out, process.cwd), missing, options, terminal);
  return EXIT.done;
}

function readRows(opened: OpenedManifest): ExportedRow[] {
  const { manifest, paths, host } = opened;
  const ledger = readRecord(paths, host.cwd);
  try {
    const target = recordedTarget(opened, ledger);
    return exportRows(manifest, readRecords(ledger, target, paths.manifestKey, manifest.rows));
  } finally {
    ledger.close();
  }
}

async function write(out: string, text: string, paths: Paths): Promise<void> {
  if (overwrittenBy(out, paths) !== undefined) {
    throw new UserError("OUT_IS_INPUT", `--out would overwrite ${out}`, {
      hint: "name another file with --out",
    });
  }
  await replaceFile(out, text);
}

function show(
  format: ExportFormat,
  text: string,
  out: string | undefined,
  missing: readonly ExportedRow[],
  options: ResultsOptions,
  terminal: Terminal,
): void {
  if (options.json) {
    const document: ExportDocument = {
      version: 1,
      format,
      out: out ?? null,
      text: out === undefined ? text : null,
      withoutGraphic: missing.map(({ row }) => row.line),
    };
    terminal.product(JSON.stringify(document, null, 2));
  } else if (out === undefined) terminal.product(text.replace(/\n$/, ""));
  else terminal.product(`${format} written to ${escapeText(out)}`);
}

const LINES_LISTED = 10;

function missingNote(missing: readonly ExportedRow[]): string {
  const listed = missing.slice(0, LINES_LISTED).map(({ row }) => row.line);
  const more = missing.length > LINES_LISTED ? " and more" : "";
  return `${plural(missing.length, "row")} without a graphic in the library: line ${listed.join(", ")}${more}`;
}
