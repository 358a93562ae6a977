import { useMemo, useRef, useState } from "preact/hooks";
import type { GridRow, SheetProblem } from "../../../open/sheet-api.ts";
import type { ActionName } from "../../../plan/planned-row.ts";
import { type CellAddress, cellOf } from "../state/address.ts";
import { redo, repair, save, undo } from "../state/change-sheet.ts";
import type { Sheet } from "../state/sheet.ts";
import { isRunning, say, setApp, useApp } from "../state/store.ts";
import { type Cells, clearCells, extentOf, fillDown, removeRows, setCell } from "./cell-actions.ts";
import { cellText, type ViewColumn, viewColumns } from "./columns.ts";
import type { Named } from "./keys.ts";
import { columnOf, problemsAt, problemsByRow } from "./problems.ts";
import type { Editing } from "./row.tsx";
import { move, type Place, type Selection, selectAll, selectCell, within } from "./selection.ts";

/** The grid's state, and what can be done with it. */
export interface GridModel extends Cells {
  problems: ReadonlyMap<number, readonly SheetProblem[]>;
  /** What an upload would do with each row, by its id. */
  actions: ReadonlyMap<number, ActionName>;
  editing: Editing | null;
  isReadOnly: boolean;
  /** Selects; the grid takes the focus, and shows the active cell. */
  select(selection: Selection): void;
  /** Selects and shows the active cell; the focus stays where it is. */
  reveal(selection: Selection): void;
  /** Starts editing the active cell, with a text typed or its own. */
  startEditing(typed?: string): void;
  run(command: Named): void;
  /** Counts what should take the focus to the active cell. */
  focusCount: number;
  /** Counts what should bring the active cell into sight. */
  revealCount: number;
  large: GridRow | null;
  showLarge(row: GridRow | null): void;
  find: "find" | "replace" | null;
  setFind(mode: "find" | "replace" | null): void;
  /** The cell that the sheet was opened at. */
  goal: CellAddress | null;
}

/** State of the grid of the open sheet. */
export function useGrid(sheet: Sheet): GridModel {
  const data = useApp();
  const { validation, plan } = data;
  const [goal] = useState(() => cellOf(location.hash));
  const columns = useMemo(() => viewColumns(sheet), [sheet.columns, sheet.head.file]);
  const problems = useMemo(() => problemsByRow(validation), [validation]);
  const actions = useMemo(() => actionsByRow(plan), [plan]);
  const [chosen, setChosen] = useState<Selection>(() => openingAt(goal, sheet, columns));
  const [focusCount, setFocusCount] = useState(goal ? 1 : 0);
  const [revealCount, setRevealCount] = useState(0);
  const [isEditing, setEditing] = useState<{ typed: string | undefined } | null>(null);
  const [large, showLarge] = useState<GridRow | null>(null);
  const [find, setFind] = useState<GridModel["find"]>(null);
  const followed = useFollowed(sheet, chosen, setChosen);
  const selection = within(followed, { rows: sheet.rows.length, columns: columns.length });
  const isReadOnly = data.isGone || isRunning(data);
  const imageOf = (row: GridRow) => validation?.images[row.id];
  const cells: Cells = { sheet, columns, selection, imageOf };

  const select = (next: Selection) => {
    setChosen(next);
    setFocusCount((count) => count + 1);
  };
  const reveal = (next: Selection) => {
    setChosen(next);
    setRevealCount((count) => count + 1);
  };
  const endEditing: Editing["end"] = (text, then) => {
    setEditing(null);
    if (text !== null) setCell(cells, text);
    if (then === "stay") {
      if (text === null) select(selection);
    } else select(move(selection, then, extentOf(cells), 1, false));
  };
  const column = columns[selection.active.column];
  const row = sheet.rows[selection.active.row];
  const editing = isEditing && {
    column: selection.active.column,
    text: isEditing.typed ?? (row && column ? cellText(row, column, undefined) : ""),
    end: endEditing,
  };
  const startEditing = (typed?: string) => {
    if (isReadOnly) return say("The spreadsheet cannot be changed while an upload is under way");
    if (column?.about === "image" && row) return showLarge(row);
    if (!column?.isEditable) return say("This column is read from the image");
    setChosen(selectCell(selection.active.row, selection.active.column));
    setEditing({ typed });
  };
  const model = { ...cells, problems, actions, editing, isReadOnly, select, startEditing };
  const run = (command: Named) =>
    runCommand(command, { ...model, row, column, showLarge, setFind });
  const counts = { focusCount, revealCount };
  return { ...model, ...counts, run, reveal, large, showLarge, find, setFind, goal };
}

/** The cell that a link led to, or the first. */
function openingAt(
  goal: CellAddress | null,
  sheet: Sheet,
  columns: readonly ViewColumn[],
): Selection {
  const row = sheet.places.get(goal?.row ?? -1);
  if (!goal || row === undefined) return selectCell(0, 1);
  return selectCell(row, columnOf(goal, columns));
}

interface Context extends Pick<GridModel, keyof Cells | "problems" | "select" | "startEditing"> {
  isReadOnly: boolean;
  row: GridRow | undefined;
  column: ViewColumn | undefined;
  showLarge: GridModel["showLarge"];
  setFind: GridModel["setFind"];
}

const EDITS: ReadonlySet<Named> = new Set(["clear", "remove-rows", "fill-down", "undo", "redo"]);

function runCommand(command: Named, grid: Context): void {
  if (grid.isReadOnly && EDITS.has(command)) return;
  const actions: Readonly<Record<Named, () => unknown>> = {
    edit: () => grid.startEditing(),
    clear: () => clearCells(grid),
    "remove-rows": () => removeRows(grid),
    "fill-down": () => fillDown(grid),
    "select-all": () => grid.select(selectAll(extentOf(grid))),
    undo,
    redo,
    find: () => grid.setFind("find"),
    replace: () => grid.setFind("replace"),
    save: () => save(),
    "next-problem": () => nextProblem(grid),
    repair: () => repairHere(grid),
    "large-picture": () => grid.row && grid.showLarge(grid.row),
    keys: () => setApp({ dialog: "keys" }),
    leave: () => grid.setFind(null),
  };
  actions[command]();
}

function nextProblem({ sheet, columns, problems, selection, select }: Context): void {
  const places = sheet.rows.flatMap((row, index) => {
    const found = problems.get(row.id) ?? [];
    const at = new Set(found.map((problem) => columnOf(problem, columns)));
    return [...at].sort((a, b) => a - b).map((column): Place => ({ row: index, column }));
  });
  const { active } = selection;
  const isBehind = (place: Place) =>
    place.row > active.row || (place.row === active.row && place.column > active.column);
  const next = places.find(isBehind) ?? places[0];
  if (next) select(selectCell(next.row, next.column));
  else say("No problems");
}

function repairHere({ row, column, problems }: Context): void {
  const all = (row && problems.get(row.id)) ?? [];
  const here = column ? problemsAt(all, column) : [];
  const found = [...here, ...all].find((problem) => problem.repair !== null);
  if (found?.repair != null) void repair(found.repair);
  else say("There is no automatic repair here");
}

function actionsByRow(plan: ReturnType<typeof useApp>["plan"]): ReadonlyMap<number, ActionName> {
  const actions = new Map<number, ActionName>();
  for (const [index, { action }] of (plan?.plan?.actions ?? []).entries()) {
    const row = plan?.rows[index];
    if (row != null) actions.set(row, action);
  }
  return actions;
}

/** The selection, which stays with its row when rows above come or go. */
function useFollowed(
  sheet: Sheet,
  selection: Selection,
  setSelection: (selection: Selection) => void,
): Selection {
  const last = useRef<{ sheet: Sheet; id: number | undefined }>({ sheet, id: undefined });
  const { row } = selection.active;
  let followed = selection;
  if (last.current.sheet.places !== sheet.places && last.current.id !== undefined) {
    const place = sheet.places.get(last.current.id);
    if (place !== undefined && place !== row) {
      followed = shift(selection, place - row);
      setSelection(followed);
    }
  }
  last.current = { sheet, id: sheet.rows[followed.active.row]?.id };
  return followed;
}

function shift({ anchor, active }: Selection, by: number): Selection {
  return {
    anchor: { ...anchor, row: anchor.row + by },
    active: { ...active, row: active.row + by },
  };
}
