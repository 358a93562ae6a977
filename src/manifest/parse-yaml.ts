import { isMap, isScalar, isSeq, type LineCounter, type Scalar } from "yaml";
import { checkContentType } from "./check-manifest.ts";
import { type ComposedYaml, composeYaml } from "./compose-yaml.ts";
import { type Diagnostic, diagnostic, type Place, showValue } from "./diagnostic.ts";
import {
  type CsvDialect,
  FIELDS,
  type Field,
  type ManifestRow,
  type ParsedManifest,
  unreadable,
} from "./manifest.ts";
import { buildRow, typeMeant } from "./table-rows.ts";
import type { DecodedText } from "./text-encoding.ts";
import { checkYaml } from "./yaml-schema.ts";

/** How the results CSV of a YAML manifest is written (contract: Where things are kept). */
const RESULTS_DIALECT: CsvDialect = {
  delimiter: ",",
  encoding: "utf-8",
  bom: false,
  newline: "\n",
};

/** A library's id (qualtrics-api: Answers). */
const LIBRARY_ID = /^(UR|GR)_[a-zA-Z0-9]{11,15}$/;

/** Reads a YAML manifest (contract: Manifest); `optionFolder` beats the manifest's own default. */
export function parseYaml(
  file: string,
  text: DecodedText,
  optionFolder: string | undefined,
): ParsedManifest {
  const composed = composeYaml(file, text.utf8);
  if (Array.isArray(composed)) return unreadable(...composed);
  if (composed.document.contents === null) return unreadable(emptyManifest(file));
  return readDocument(file, text.utf8.toString("utf8"), composed, optionFolder);
}

function emptyManifest(file: string): Diagnostic {
  const message = "the manifest is empty, expected 'version: 1' and 'graphics:'";
  const hint = "write 'version: 1' into the first line and list the images under 'graphics:'";
  return diagnostic("error", "MANIFEST_EMPTY", message, hint, { file, line: 1 });
}

function readDocument(
  file: string,
  text: string,
  composed: ComposedYaml,
  optionFolder: string | undefined,
): ParsedManifest {
  const { document, lines } = composed;
  const place = (node: Scalar<string>, field: string): Place => {
    const { line, col } = lines.linePos(node.range?.[0] ?? 0);
    return { file, line, column: col, field, value: node.value };
  };
  const diagnostics = checkYaml(file, composed);
  const library = textAt(document.contents, "library");
  if (library && !LIBRARY_ID.test(library.value)) {
    diagnostics.push(unusualLibrary(library.value, place(library, "library")));
  }
  const graphics = document.get("graphics");
  if (!isSeq(graphics)) return unreadable(...diagnostics);
  const defaults = document.get("defaults");
  const folder = optionFolder ?? textAt(defaults, "folder")?.value;
  const typeNode = textAt(defaults, "contentType");
  const contentType = typeMeant(typeNode?.value ?? "") || undefined;
  if (typeNode && contentType !== undefined) {
    const at = { ...place(typeNode, "contentType"), value: contentType };
    diagnostics.push(...checkContentType(contentType, at));
  }
  for (const item of graphics.items) {
    for (const field of FIELDS) {
      const node = textAt(item, field);
      const comment = node && commentBehind(text, node);
      if (comment) diagnostics.push(hashInValue(comment, place(node, field)));
    }
  }
  const manifest = {
    file,
    format: "yaml" as const,
    dialect: RESULTS_DIALECT,
    columns: FIELDS,
    rows: graphics.items.flatMap((item) => readRow(item, lines, { folder, contentType })),
    library: library?.value,
    defaultFolder: folder,
  };
  return { manifest, diagnostics };
}

/** A library id of another form than the service's: a warning only, the service has the last word. */
function unusualLibrary(library: string, place: Place): Diagnostic {
  const message = `the library ${showValue(library)} does not look like an id, expected UR_ or GR_ and 11 to 15 letters or digits`;
  const hint = "run 'qgfx libraries' to see the ids";
  return diagnostic("warning", "LIBRARY_ID_UNUSUAL", message, hint, place);
}

/** A comment behind a value without quotes that looks like a part of it: `Room #3`. */
function commentBehind(text: string, { type, range }: Scalar<string>): string | undefined {
  if (type !== "PLAIN" || !range) return undefined;
  const comment = /^[ \t]+#(?:[^#\s].*| ?\d+[ \t]*$)/m.exec(
    text.slice(range[1], range[1] + 200),
  )?.[0];
  return comment?.trim();
}

function hashInValue(comment: string, place: Place): Diagnostic {
  const message = `${showValue(comment)} is a comment, and not part of the ${place.field} ${showValue(place.value ?? "")}`;
  const hint = `put the value in quotes if it is meant to be: ${place.field}: '${place.value} ${comment}'`;
  return diagnostic("warning", "YAML_COMMENT", message, hint, place);
}

function textAt(map: unknown, key: string): Scalar<string> | undefined {
  const node = isMap(map) ? map.get(key, true) : undefined;
  return isScalar<string>(node) && typeof node.value === "string" ? node : undefined;
}

/** The row of an image; none where its path is not text: the schema has spoken of it. */
function readRow(
  item: unknown,
  lines: LineCounter,
  defaults: { folder: string | undefined; contentType: string | undefined },
): ManifestRow[] {
  if (!isMap(item) || !textAt(item, "path")) return [];
  const line = lines.linePos(item.range?.[0] ?? 0).line;
  const cells = FIELDS.map((field) => textAt(item, field)?.value ?? "");
  const cellOf = (field: Field) => {
    const node = textAt(item, field);
    return node && { text: node.value, column: lines.linePos(node.range?.[0] ?? 0).col };
  };
  return [buildRow({ line, cells, prior: undefined }, cellOf, defaults)];
}
