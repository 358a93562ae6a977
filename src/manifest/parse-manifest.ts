import type { ParsedManifest } from "./manifest.ts";
import { parseCsv } from "./parse-csv.ts";
import { isYamlName, parseTextManifest } from "./parse-text-manifest.ts";
import { parseYaml } from "./parse-yaml.ts";

/**
 * Reads a manifest of text, CSV or YAML by the file's extension (`parseWorkbook` reads .xlsx), with every problem that the text alone shows.
 * `defaultFolder` (`--folder`) beats the default of a YAML manifest; the folder of a row beats both.
 */
export function parseManifest(
  file: string,
  bytes: Uint8Array,
  options: { defaultFolder?: string },
): ParsedManifest {
  return parseTextManifest(file, bytes, options, isYamlName(file) ? parseYaml : parseCsv);
}
