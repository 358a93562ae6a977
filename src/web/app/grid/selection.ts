/** A place in the grid, both from 0: rows as they are shown, columns from left to right. */
export interface Place {
  row: number;
  column: number;
}

/** What is selected: the rectangle from the anchor to the active cell, both within it. */
export interface Selection {
  anchor: Place;
  active: Place;
}

/** How many rows and columns there are. */
export interface Extent {
  rows: number;
  columns: number;
}

/** A rectangle; `bottom` and `right` are within it. */
export interface Area {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

export type Move =
  | "up"
  | "down"
  | "left"
  | "right"
  | "row-start"
  | "row-end"
  | "first"
  | "last"
  | "grid-start"
  | "grid-end"
  | "page-up"
  | "page-down";

/** One cell. */
export function selectCell(row: number, column: number): Selection {
  return { anchor: { row, column }, active: { row, column } };
}

/** The rectangle that is selected. */
export function areaOf({ anchor, active }: Selection): Area {
  return {
    top: Math.min(anchor.row, active.row),
    left: Math.min(anchor.column, active.column),
    bottom: Math.max(anchor.row, active.row),
    right: Math.max(anchor.column, active.column),
  };
}

/** How many cells a rectangle has. */
export function cellCount({ top, left, bottom, right }: Area): number {
  return (bottom - top + 1) * (right - left + 1);
}

/** The selection after a key; `extends` leaves the anchor, `page` is how many rows are seen at once. */
export function move(
  selection: Selection,
  how: Move,
  extent: Extent,
  page: number,
  isExtending: boolean,
): Selection {
  const active = clamp(moved(selection.active, how, extent, page), extent);
  return { anchor: isExtending ? selection.anchor : active, active };
}

/** The selection within what there is; rows may have been removed. */
export function within(selection: Selection, extent: Extent): Selection {
  return { anchor: clamp(selection.anchor, extent), active: clamp(selection.active, extent) };
}

/** All cells. */
export function selectAll(extent: Extent): Selection {
  return {
    anchor: clamp({ row: extent.rows, column: extent.columns }, extent),
    active: { row: 0, column: 0 },
  };
}

function moved({ row, column }: Place, how: Move, extent: Extent, page: number): Place {
  switch (how) {
    case "up":
      return { row: row - 1, column };
    case "down":
      return { row: row + 1, column };
    case "left":
      return { row, column: column - 1 };
    case "right":
      return { row, column: column + 1 };
    case "row-start":
      return { row, column: 0 };
    case "row-end":
      return { row, column: extent.columns - 1 };
    case "first":
      return { row: 0, column };
    case "last":
      return { row: extent.rows - 1, column };
    case "grid-start":
      return { row: 0, column: 0 };
    case "grid-end":
      return { row: extent.rows - 1, column: extent.columns - 1 };
    case "page-up":
      return { row: row - page, column };
    case "page-down":
      return { row: row + page, column };
  }
}

function clamp({ row, column }: Place, { rows, columns }: Extent): Place {
  return {
    row: Math.max(0, Math.min(row, rows - 1)),
    column: Math.max(0, Math.min(column, columns - 1)),
  };
}
