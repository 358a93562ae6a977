import { plainName } from "../manifest/field-names.ts";
import type { Manifest, ManifestRow } from "../manifest/manifest.ts";
import type { RowRecord } from "./row-record.ts";

/** The formats that are made to be pasted. */
export const EXPORT_FORMATS = ["json", "urls", "html", "loop-merge", "question"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** One row as the paste-ready formats need it; id and URL are null where the library has no graphic for it. */
export interface ExportedRow {
  row: ManifestRow;
  name: string;
  folder: string;
  /** What a screen reader says: the row's `alt` or `alt text` cell, else the name without its extension. */
  alt: string;
  graphicId: string | null;
  url: string | null;
}

/** A row whose graphic can be pasted. */
export type ExportedGraphic = ExportedRow & { graphicId: string; url: string };

const ALT_COLUMNS = ["alt", "alttext"];
const PICTURE_EXTENSION = /\.(png|jpe?g|gif)$/i;

/** A manifest's rows with their ids, in manifest order. */
export function exportRows(
  manifest: Manifest,
  recordOf: (row: ManifestRow) => RowRecord,
): ExportedRow[] {
  const altIndex = manifest.columns.findIndex((header) => ALT_COLUMNS.includes(plainName(header)));
  return manifest.rows.map((row) => {
    const { name, folder } = row;
    const { graphicId, url } = recordOf(row);
    const alt = row.cells[altIndex]?.trim() || name.replace(PICTURE_EXTENSION, "");
    return { row, name, folder, alt, graphicId, url: url || null };
  });
}

/** The rows that have an id and a URL. */
export function exportedGraphics(rows: readonly ExportedRow[]): ExportedGraphic[] {
  return rows.filter((row): row is ExportedGraphic => row.graphicId !== null && row.url !== null);
}
