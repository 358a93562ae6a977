import { extname } from "node:path";
import { type Diagnostic, diagnostic, hasErrors, showValue } from "./diagnostic.ts";
import { nameForeignBytes, nameForeignFile } from "./foreign-files.ts";
import {
  isWorkbookName,
  type ManifestOptions,
  type ParsedManifest,
  unreadable,
} from "./manifest.ts";
import { parseCsv } from "./parse-csv.ts";
import { decodeText } from "./text-encoding.ts";

const CSV_EXTENSIONS = [".csv", ".tsv", ".txt"];
const YAML_EXTENSIONS = [".yaml", ".yml"];
/** The first bytes of a zip archive, which new workbooks are, and of old workbooks. */
const BINARY = [
  [0x50, 0x4b, 0x03, 0x04],
  [0xd0, 0xcf, 0x11, 0xe0],
];

/** Reads a manifest by what its name says it is, with every problem that the file alone shows. */
export async function parseManifest(
  file: string,
  bytes: Uint8Array,
  options: ManifestOptions,
): Promise<ParsedManifest> {
  const { manifest, diagnostics, ...parsed } = await parseByName(file, bytes, options);
  const isEmpty = manifest?.rows.length === 0 && !hasErrors(diagnostics);
  const found = isEmpty ? [...diagnostics, noRows(file)] : diagnostics;
  const sorted = found.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return { ...parsed, manifest, diagnostics: sorted };
}

/** What other formats need is loaded for them alone. */
async function parseByName(
  file: string,
  bytes: Uint8Array,
  { defaultFolder, sheet, encoding }: ManifestOptions,
): Promise<ParsedManifest> {
  const extension = extname(file).toLowerCase();
  const folder = defaultFolder || undefined;
  const other = nameForeignFile(file);
  if (other) return unreadable(other);
  if (isWorkbookName(file)) {
    const { parseWorkbook } = await import("./parse-workbook.ts");
    return parseWorkbook(file, bytes, { defaultFolder: folder, sheet });
  }
  const isYaml = YAML_EXTENSIONS.includes(extension);
  if (!isYaml && !CSV_EXTENSIONS.includes(extension)) {
    return unreadable(unknownFormat(file, extension));
  }
  const isBinary = BINARY.some((mark) => mark.every((byte, index) => bytes[index] === byte));
  const foreign = isBinary ? nameForeignBytes(file, bytes) : undefined;
  if (foreign) return unreadable(foreign);
  const text = decodeText(bytes, encoding);
  if ("message" in text) {
    const { encodingProblem } = await import("./encoding-problem.ts");
    return unreadable(await encodingProblem(file, bytes, text, { encoding, isYaml }));
  }
  const { parseYaml } = isYaml ? await import("./parse-yaml.ts") : { parseYaml: parseCsv };
  const { manifest, diagnostics } = parseYaml(file, text, folder);
  if (text.legacy === undefined) return { manifest, diagnostics };
  const noted = [...diagnostics, readAs(file, text.legacy, text.utf8.toString())];
  return { manifest: manifest && { ...manifest, encoding }, diagnostics: noted };
}

function readAs(file: string, encoding: string, text: string): Diagnostic {
  const message = `the text is read as ${encoding}; results are UTF-8`;
  const hint = "'qgfx validate --fix' with the same --encoding saves it as UTF-8";
  const note = diagnostic("note", "MANIFEST_ENCODING", message, hint, { file });
  return { ...note, repair: { kind: "encoding", text } };
}

function unknownFormat(file: string, extension: string): Diagnostic {
  const message = `the extension ${showValue(extension)} is not known, expected .csv, .tsv, .txt, .xlsx, .yaml or .yml`;
  const hint =
    "name the file by what it holds: .csv for a table, .xlsx for a workbook, .yaml for YAML";
  return diagnostic("error", "MANIFEST_FORMAT", message, hint, { file, value: extension });
}

function noRows(file: string): Diagnostic {
  const message = "the manifest names no images";
  const hint = "write one row for each image";
  return diagnostic("warning", "MANIFEST_NO_ROWS", message, hint, { file });
}
