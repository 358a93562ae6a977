import type { Diagnostic } from "../manifest/diagnostic.ts";
import {
  type Manifest,
  type ManifestOptions,
  type ParsedManifest,
  unreadable,
} from "../manifest/manifest.ts";
import { parseCsv } from "../manifest/parse-csv.ts";
import { parseManifest } from "../manifest/parse-manifest.ts";
import { parseWorkbook } from "../manifest/parse-workbook.ts";
import { parseYaml } from "../manifest/parse-yaml.ts";
import { decodeText } from "../manifest/text-encoding.ts";
import { UserError } from "../user-error.ts";

/** Bytes as they are read. */
export interface ParsedSheet {
  bytes: Uint8Array;
  /** Undefined: no rows can be made out. */
  manifest: Manifest | undefined;
  /** Why there is no manifest. */
  problem: UserError | null;
  /** Names of a workbook's sheets; absent: as before. */
  sheets?: readonly string[];
}

/** Reads a sheet by its name. */
export async function parseSheet(
  file: string,
  bytes: Uint8Array,
  options: ManifestOptions,
): Promise<ParsedSheet> {
  return parsed(bytes, await parseManifest(file, bytes, options), options);
}

/** Reads bytes that were this sheet a moment ago, at once: `parseManifest` loads what a format needs first. */
export function parseSheetAgain(
  file: string,
  bytes: Uint8Array,
  options: ManifestOptions,
): ParsedSheet {
  return parsed(bytes, parseAs(file, formatOf(file), bytes, options), options);
}

function parsed(
  bytes: Uint8Array,
  { manifest, diagnostics, sheets = [] }: ParsedManifest,
  { encoding }: ManifestOptions,
): ParsedSheet {
  if (!manifest) return { bytes, manifest, problem: problemOf(diagnostics), sheets };
  // Plain letters are the same in most encodings: what is added to them is written in the one that is named.
  const read = encoding ? { ...manifest, encoding } : manifest;
  return { bytes, manifest: read, problem: null, sheets };
}

function parseAs(
  file: string,
  format: Manifest["format"],
  bytes: Uint8Array,
  options: ManifestOptions,
): ParsedManifest {
  if (format === "xlsx") return parseWorkbook(file, bytes, options);
  const text = decodeText(bytes, options.encoding);
  if ("message" in text) return unreadable();
  const parseText = format === "yaml" ? parseYaml : parseCsv;
  return parseText(file, text, options.defaultFolder || undefined);
}

function problemOf(diagnostics: readonly Diagnostic[]): UserError {
  const found = diagnostics.find(({ severity }) => severity === "error");
  const message = found?.message ?? "the sheet cannot be read";
  return new UserError(found?.code ?? "MANIFEST_UNREADABLE", message, {
    hint: found?.hint ?? "open the file in the program it comes from, and save it again",
  });
}

/** What a sheet is by its name. */
export function formatOf(file: string): Manifest["format"] {
  if (/\.xlsx$/i.test(file)) return "xlsx";
  return /\.ya?ml$/i.test(file) ? "yaml" : "csv";
}
