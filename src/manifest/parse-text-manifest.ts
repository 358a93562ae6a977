import { extname } from "node:path";
import { type Diagnostic, diagnostic, hasErrors } from "./diagnostic.ts";
import type { ParsedManifest } from "./manifest.ts";
import { showValue } from "./show-value.ts";

const CSV_EXTENSIONS = [".csv", ".tsv", ".txt"];
const YAML_EXTENSIONS = [".yaml", ".yml"];

/** The first bytes of a zip file, which an Excel workbook is. */
const ZIP = [0x50, 0x4b, 0x03, 0x04];

/** Reads what a manifest of text holds; it need not look at the file's name. */
export type ParseText = (
  file: string,
  bytes: Uint8Array,
  defaultFolder: string | undefined,
) => { manifest: ParsedManifest["manifest"]; diagnostics: Diagnostic[] };

/** Whether a manifest's name says that it is YAML. */
export function isYamlName(file: string): boolean {
  return YAML_EXTENSIONS.includes(extname(file).toLowerCase());
}

/** As `parseManifest`, with the parser that fits the file's name: whoever reads CSV need not load YAML's. */
export function parseTextManifest(
  file: string,
  bytes: Uint8Array,
  options: { defaultFolder?: string },
  parse: ParseText,
): ParsedManifest {
  const extension = extname(file).toLowerCase();
  if (!CSV_EXTENSIONS.includes(extension) && !isYamlName(file)) {
    return { manifest: undefined, diagnostics: [unknownFormat(file, extension)] };
  }
  if (ZIP.every((byte, index) => bytes[index] === byte)) {
    return { manifest: undefined, diagnostics: [workbook(file, "the file is a zip archive")] };
  }
  const { manifest, diagnostics } = parse(file, bytes, options.defaultFolder || undefined);
  if (manifest?.rows.length === 0 && !hasErrors(diagnostics)) diagnostics.push(noRows(file));
  return { manifest, diagnostics: diagnostics.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

function unknownFormat(file: string, extension: string): Diagnostic {
  if (extension === ".xls" || extension === ".xlsm" || extension === ".ods") {
    return workbook(file, `a workbook of this kind (${extension}) is not read`);
  }
  return diagnostic(
    "error",
    "MANIFEST_FORMAT",
    `the extension ${showValue(extension)} is not known, expected .csv, .tsv, .txt, .xlsx, .yaml or .yml`,
    "name the file by what it holds: .csv for a table, .xlsx for a workbook, .yaml for YAML",
    { file, value: extension },
  );
}

function workbook(file: string, what: string): Diagnostic {
  return diagnostic(
    "error",
    "MANIFEST_FORMAT",
    `${what}, expected .xlsx, CSV or YAML`,
    "open it in Excel and save it as 'Excel Workbook (*.xlsx)'",
    { file, value: extname(file) },
  );
}

/** A manifest whose header stands alone. */
export function noRows(file: string): Diagnostic {
  return diagnostic(
    "warning",
    "MANIFEST_NO_ROWS",
    "the manifest names no images",
    "write one row for each image",
    { file },
  );
}
