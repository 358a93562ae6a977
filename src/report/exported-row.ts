import { nearest } from "../manifest/diagnostic.ts";
import { groupBy } from "../manifest/group-by.ts";
import { fieldOfHeader, plainName } from "../manifest/header.ts";
import type { Manifest, ManifestRow } from "../manifest/manifest.ts";
import { UserError } from "../user-error.ts";
import type { RowRecord } from "./results.ts";

/** The formats that are made to be pasted. */
export const EXPORT_FORMATS = [
  "json",
  "json-urls",
  "js",
  "urls",
  "html",
  "md",
  "loop-merge",
  "embedded",
  "question",
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What a format is. */
interface ExportTitle {
  /** In a few words, as a page lists it. */
  name: string;
  /** In a line. */
  title: string;
  /** How files of it end. */
  extension: string;
  /** The columns that a page lets it go by (`LoopColumns`); absent: none. */
  by?: readonly ("groupBy" | "columns")[];
  /** Whether it needs a column to group by. */
  needsGroup?: boolean;
  /** Whether an exported survey can be its pattern; it goes by columns with one only. */
  takesTemplate?: boolean;
}

/** What each format is. */
export const EXPORT_TITLES: Record<ExportFormat, ExportTitle> = {
  json: { name: "JSON: IDs", title: "name → id, as a JSON object", extension: "json" },
  "json-urls": {
    name: "JSON: addresses",
    title: "name → address, as a JSON object",
    extension: "json",
  },
  js: {
    name: "JavaScript",
    title: "JavaScript: addresses by name, lists by group, and what loads all of them in advance",
    extension: "js",
    by: ["groupBy"],
  },
  urls: {
    name: "Table",
    title: "a table of name, id and URL to paste into a spreadsheet",
    extension: "txt",
  },
  html: {
    name: "<img> tags",
    title: "one <img> tag a line, its alt text from the column 'alt' or else the name",
    extension: "html",
  },
  md: { name: "Markdown", title: "one Markdown image a line", extension: "md" },
  "loop-merge": {
    name: "Loop & Merge",
    title:
      "a block's Loop & Merge table: field 1 the group, fields 2 and on its ids, below a line of names",
    extension: "txt",
    by: ["groupBy", "columns"],
  },
  embedded: {
    name: "Contacts with embedded data",
    title: "a CSV to import as contacts: a line for each participant, its images as embedded data",
    extension: "csv",
    by: ["groupBy", "columns"],
    needsGroup: true,
  },
  question: {
    name: "Survey questions",
    title: "a survey to import: every image in a copy of your own question, or in a plain one",
    extension: "txt",
    by: ["groupBy", "columns"],
    takesTemplate: true,
  },
};

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

/**
 * Texts under their rows' names, in manifest order; a row without a text is left out. A name that stands in several
 * folders is written `folder/name`, for each of them.
 */
export function namedTexts(
  rows: readonly ExportedRow[],
  textOf: (row: ExportedRow) => string | null,
): [name: string, text: string][] {
  const counts = new Map<string, number>();
  for (const { name } of rows) counts.set(name, (counts.get(name) ?? 0) + 1);
  return rows.flatMap((row): [string, string][] => {
    const text = textOf(row);
    const { name, folder } = row;
    return text === null ? [] : [[counts.get(name) === 1 ? name : `${folder}/${name}`, text]];
  });
}

/** Rows that belong together, under the text that makes them so. */
export interface Group<Row> {
  label: string;
  members: Row[];
}

/** Groups by a text, in the order of each group's first row; neighbours or not. */
export function groupRows<Row>(rows: readonly Row[], labelOf: (row: Row) => string): Group<Row>[] {
  return Array.from(groupBy(rows, labelOf), ([label, members]) => ({ label, members }));
}

/**
 * What an option names: a column of the manifest, spelt exactly or but for case, spaces, `_` and `-`; else the field
 * `folder` or `name`, whether the manifest has a column for it or not. A UserError lists the columns.
 */
export function groupColumn(
  manifest: Manifest,
  wanted: string,
  option: string,
): (row: ManifestRow) => string {
  const field = fieldOfHeader(wanted);
  if (field === "folder" || field === "name") return (row) => row[field];
  const exact = manifest.columns.indexOf(wanted);
  const plain = plainName(wanted);
  const index =
    exact === -1 ? manifest.columns.findIndex((header) => plainName(header) === plain) : exact;
  if (index === -1) throw noSuchColumn(manifest, wanted, option);
  return ({ cells }) => cells[index] ?? "";
}

function noSuchColumn({ file, columns }: Manifest, wanted: string, option: string): UserError {
  const near = nearest(wanted, columns);
  const list = `the columns are ${columns.map((header) => `'${header}'`).join(", ")}`;
  return new UserError("GROUP_COLUMN_UNKNOWN", `${file} has no column '${wanted}': ${list}`, {
    hint: near === undefined ? `name one of them with ${option}` : `say ${option} '${near}'`,
  });
}
