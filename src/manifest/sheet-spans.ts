import { parseAddress } from "./sheet-cells.ts";
import { attributeOf, type XmlTag, xmlTags } from "./xml-tags.ts";

/** A stretch of a sheet's XML. */
export interface SheetSpan {
  start: number;
  end: number;
}

/** A row's stretch, and those of its cells by 1-based column. */
export interface RowSpan extends SheetSpan {
  cells: Map<number, SheetSpan>;
}

/** Where the rows and cells of a sheet stand in its XML. */
export interface SheetSpans {
  rows: Map<number, RowSpan>;
  dimension: SheetSpan | undefined;
  /** Offset of the end of the rows. */
  dataEnd: number;
  /** The namespace prefix of the sheet's elements. */
  prefix: string;
}

/** Finds rows and cells by the addresses they bear; those without any are not found. */
export function sheetSpans(xml: string): SheetSpans {
  const spans: SheetSpans = { rows: new Map(), dimension: undefined, dataEnd: 0, prefix: "" };
  let row: RowSpan | undefined;
  let cell: SheetSpan | undefined;
  for (const tag of xmlTags(xml)) {
    if (tag.name === "sheetData") {
      spans.prefix = tag.prefix;
      if (tag.kind === "close") spans.dataEnd = tag.start;
    } else if (tag.name === "dimension") {
      spans.dimension = { start: tag.start, end: tag.end };
    } else if (tag.name === "row") {
      row = takeRow(spans, row, tag);
    } else if (tag.name === "c") {
      cell = takeCell(row, cell, tag);
    }
  }
  return spans;
}

function takeRow(spans: SheetSpans, open: RowSpan | undefined, tag: XmlTag): RowSpan | undefined {
  if (tag.kind === "close") {
    if (open) open.end = tag.end;
    return undefined;
  }
  const row = { start: tag.start, end: tag.end, cells: new Map() };
  spans.rows.set(Number(attributeOf(tag, "r")), row);
  return tag.kind === "open" ? row : undefined;
}

function takeCell(
  row: RowSpan | undefined,
  open: SheetSpan | undefined,
  tag: XmlTag,
): SheetSpan | undefined {
  if (tag.kind === "close") {
    if (open) open.end = tag.end;
    return undefined;
  }
  const cell = { start: tag.start, end: tag.end };
  const column = parseAddress(attributeOf(tag, "r") ?? "")?.column;
  if (column !== undefined) row?.cells.set(column, cell);
  return tag.kind === "open" ? cell : undefined;
}
