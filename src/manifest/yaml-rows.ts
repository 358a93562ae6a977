import { basename } from "node:path";
import { isMap, isScalar, isSeq, type Scalar, type YAMLMap } from "yaml";
import { DEFAULT_FOLDER, FIELDS, type Field, type ManifestRow } from "./manifest.ts";
import type { YamlSource } from "./yaml-source.ts";

type TextScalar = Scalar<string>;

/** What a row takes that does not say otherwise; undefined: nothing. */
export interface RowDefaults {
  folder: string | undefined;
  contentType: string | undefined;
}

/** The text that stands under a key of a map; undefined: none. */
export function textAt(map: unknown, key: string): TextScalar | undefined {
  const node = isMap(map) ? map.get(key, true) : undefined;
  return isScalar<string>(node) && typeof node.value === "string" ? node : undefined;
}

/** The rows of a document, those whose path is no text left out: the schema has spoken of them. */
export function yamlRows(source: YamlSource, defaults: RowDefaults): ManifestRow[] {
  const graphics = source.nodeAt(["graphics"]);
  if (!isSeq(graphics)) return [];
  return graphics.items.flatMap((item, index) => {
    const path = textAt(item, "path");
    if (!isMap(item) || !path) return [];
    return [row(source, item, source.lineOf(["graphics", index]), defaults)];
  });
}

function row(source: YamlSource, item: YAMLMap, line: number, defaults: RowDefaults): ManifestRow {
  const cells = { path: "", name: "", contentType: "", folder: "" };
  const columnOf: Partial<Record<Field, number>> = {};
  for (const field of FIELDS) {
    const text = textAt(item, field);
    if (!text) continue;
    cells[field] = text.value;
    if (field === "path" || text.value.trim() !== "") columnOf[field] = source.columnOf(text);
  }
  const given = (field: Field) => (cells[field].trim() === "" ? "" : cells[field]);
  const path = given("path");
  return {
    line,
    cells: FIELDS.map((field) => cells[field]),
    path,
    name: given("name") || basename(path),
    contentType: given("contentType").trim().toLowerCase() || defaults.contentType,
    folder: given("folder") || defaults.folder || DEFAULT_FOLDER,
    prior: undefined,
    columnOf,
  };
}
