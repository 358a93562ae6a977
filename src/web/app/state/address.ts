/** The screens, as the address names them behind `#`. */
const SCREENS = ["start", "sheet", "preview", "upload", "unknowns", "ids", "history"] as const;
export type Screen = (typeof SCREENS)[number];

/** The screen that an address's hash names; undefined: none of them. */
export function screenOf(hash: string): Screen | undefined {
  return SCREENS.find((screen) => hash === `#${screen}` || hash.startsWith(`#${screen}/`));
}

/** Goes to a screen; `back` leads to the one before. */
export function goTo(screen: Screen): void {
  location.hash = screen;
}

/** A cell that an address names: a row's id, and a column's index (null: that of the path). */
export interface CellAddress {
  row: number;
  column: number | null;
}

/** The address of the spreadsheet, or of a cell of it. */
export function sheetAddress({
  row,
  column,
}: {
  row: number | null;
  column: number | null;
}): string {
  return row === null
    ? "#sheet"
    : ["#sheet", row, column].filter((part) => part !== null).join("/");
}

/** The cell that an address's hash names; null: none. */
export function cellOf(hash: string): CellAddress | null {
  const [, row, column] = /^#sheet\/(\d+)(?:\/(\d+))?$/.exec(hash) ?? [];
  if (row === undefined) return null;
  return { row: Number(row), column: column === undefined ? null : Number(column) };
}
