import type { Diagnostic } from "./diagnostic.ts";

/** The manifest fields qgfx reads; every other column is the user's own. */
export const FIELDS = ["path", "name", "contentType", "folder"] as const;
export type Field = (typeof FIELDS)[number];

/** The columns a results CSV adds; in a manifest they are read as an earlier run's record. */
export const RESULT_COLUMNS = [
  "status",
  "graphicId",
  "url",
  "library",
  "sha256",
  "uploadedAt",
  "error",
] as const;
export type ResultColumn = (typeof RESULT_COLUMNS)[number];

/** Where a graphic lands when no folder is named (qualtrics-api: "None or ignored"). */
export const DEFAULT_FOLDER = "Uncategorized";

/** What divides the cells of a CSV. */
export type Delimiter = "," | ";" | "\t";

/** How a CSV was written, so that its results are written alike. */
export interface CsvDialect {
  delimiter: Delimiter;
  encoding: "utf-8" | "utf-16le" | "utf-16be";
  bom: boolean;
  newline: "\n" | "\r\n";
}

/** What the results columns say of a row that has a graphic, or an upload that got no answer. Texts as they stand. */
export interface PriorResult {
  status: string;
  /** Null where an upload got no answer and nothing else stands in the library. */
  graphicId: string | null;
  /** Lower-case hex, of the graphic's bytes; without a graphic, of what was sent. Null where that is not said. */
  sha256: string | null;
  url: string;
  /** Empty in results of version 0.1. */
  library: string;
  /** ISO 8601, as the earlier run wrote it. */
  uploadedAt: string;
  error: string;
}

/** One row: one image the user wants in the library. */
export interface ManifestRow {
  /** 1-based line of the file where the row starts. */
  line: number;
  /** The cells of `Manifest.columns`, in that order, as the user wrote them. */
  cells: readonly string[];
  /** Relative to the manifest's folder, or absolute. */
  path: string;
  /** Display name; the file's name where none is given. */
  name: string;
  /** As given, trimmed and lower case; undefined: read it from the bytes. */
  contentType: string | undefined;
  /** Never empty: the row's, else `--folder`, else the manifest's default, else `DEFAULT_FOLDER`. */
  folder: string;
  prior: PriorResult | undefined;
  /** Fields whose cells say nothing sure (workbooks): an error names each. */
  unsure?: readonly Field[];
  /**
   * 1-based position of each field the row itself fills, of its path cell even when empty, and of the `graphicId` among
   * the results columns; see `Diagnostic.column`.
   */
  columnOf: Readonly<Partial<Record<Field | "graphicId", number | undefined>>>;
}

/** Stage 1: what the user wants. */
export interface Manifest {
  /** As the user named it. */
  file: string;
  format: "csv" | "yaml" | "xlsx";
  dialect: CsvDialect;
  /** The old encoding that the file is in, as the user named it. */
  encoding?: string | undefined;
  /** Headers as written, without the results columns; for YAML `path,name,contentType,folder`. */
  columns: readonly string[];
  rows: readonly ManifestRow[];
  hasResults?: boolean;
  /** Library id named by the manifest itself (YAML only). */
  library: string | undefined;
  /** Folder of the rows that name none: `--folder`, else the manifest's own; absent: `DEFAULT_FOLDER`, with a warning. */
  defaultFolder?: string | undefined;
  /** Of an .xlsx manifest: how its results are to look. */
  workbook?: WorkbookLook | undefined;
}

/** What the results of an .xlsx manifest take over from its sheet. */
export interface WorkbookLook {
  sheet: string;
  /** Row of the header, 1-based. */
  headerLine: number;
  /** Every text of the header row, from the first column of the sheet on. */
  header: readonly string[];
  /** In characters, for each of `Manifest.columns`; undefined: the usual width. */
  widths: readonly (number | undefined)[];
  /** Cells that hold numbers or dates, by the row's line and the 0-based place in `Manifest.columns`. */
  numbers: ReadonlyMap<number, ReadonlyMap<number, NumberCell>>;
  /** Whether any cell of the sheet is computed. */
  hasFormulas: boolean;
}

/** A number or date of a column of the user's own, for results that keep it one. */
export interface NumberCell {
  /** As the file stores it; dates as days of the 1900 system. */
  value: number;
  format: string;
}

/** What decides how a manifest is read. */
export interface ManifestOptions {
  /** `--folder`: beats the default of a YAML manifest; the folder of a row beats both. */
  defaultFolder?: string | undefined;
  sheet?: string | undefined;
  /** `--encoding`: of a text without byte order mark; UTF-8 without. */
  encoding?: string | undefined;
}

/** A manifest as far as it could be read. */
export interface ParsedManifest {
  /** Undefined where no rows can be made out; the diagnostics then hold an error. */
  manifest: Manifest | undefined;
  diagnostics: readonly Diagnostic[];
  /** Names of a workbook's sheets; absent: not a workbook, or not known. */
  sheets?: readonly string[];
}

/** A manifest with the rows of another that have no row in it, their cells in its columns. */
export function withRows(manifest: Manifest, more: Manifest): Manifest {
  const keyOf = ({ folder, name }: ManifestRow) => `${folder}\0${name}`;
  const known = new Set(manifest.rows.map(keyOf));
  const added = more.rows.filter((row) => !known.has(keyOf(row)));
  if (added.length === 0) return manifest;
  const places = manifest.columns.map((header) => more.columns.indexOf(header));
  const rows = added.map((row) => ({
    ...row,
    cells: places.map((place) => row.cells[place] ?? ""),
  }));
  return { ...manifest, rows: [...manifest.rows, ...rows] };
}

// qualtrics-api, Answers.
const GRAPHIC_ID = /^IM_[a-zA-Z0-9]{11,15}$/;

/** Whether a text has the form of a graphic's id. */
export function isGraphicId(text: string): boolean {
  return GRAPHIC_ID.test(text);
}

/** Whether a manifest's name says that it is an Excel workbook. */
export function isWorkbookName(file: string): boolean {
  return /\.xlsx$/i.test(file);
}

/** A manifest of which no rows can be made out, and why. */
export function unreadable(...diagnostics: Diagnostic[]): ParsedManifest {
  return { manifest: undefined, diagnostics };
}

/** A stretch of a text, by offsets; `end` is behind it. */
export interface Span {
  start: number;
  end: number;
}

/** The two ways in which clients write `"` and `\` in an upload's name (qualtrics-api: Upload). */
export const NAME_QUOTES = ["percent", "backslash"] as const;

/**
 * - `percent`: `"` as `%22`, `\` as it is, as browsers, curl, requests and undici do.
 * - `backslash`: a backslash before each, as RFC 7578 and RFC 822 have it.
 */
export type NameQuotes = (typeof NAME_QUOTES)[number];

/** How names are sent where nobody says otherwise. */
export const DEFAULT_NAME_QUOTES: NameQuotes = "percent";

/** Whether the two ways differ for a name. */
export function hasQuotes(name: string): boolean {
  return /["\\]/.test(name);
}
