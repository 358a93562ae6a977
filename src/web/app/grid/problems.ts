import type { SheetProblem, ValidationDocument } from "../../../open/sheet-api.ts";
import type { ViewColumn } from "./columns.ts";

const RANK = { error: 0, warning: 1, note: 2 } as const;

/** Problems that have a row, by its id, the worst first. Notes are not shown on cells: nothing is to be done. */
export function problemsByRow(
  validation: ValidationDocument | null,
): ReadonlyMap<number, readonly SheetProblem[]> {
  const byRow = new Map<number, SheetProblem[]>();
  for (const problem of validation?.diagnostics ?? []) {
    if (problem.row === null || problem.severity === "note") continue;
    const found = byRow.get(problem.row) ?? [];
    found.push(problem);
    byRow.set(problem.row, found);
  }
  for (const found of byRow.values()) found.sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  return byRow;
}

/** Problems about the spreadsheet as a whole. */
export function sheetProblems(validation: ValidationDocument | null): SheetProblem[] {
  return (validation?.diagnostics ?? []).filter(
    ({ row, severity }) => row === null && severity !== "note",
  );
}

/** Those of a row's problems that stand on this column. */
export function problemsAt(
  problems: readonly SheetProblem[] | undefined,
  column: ViewColumn,
): SheetProblem[] {
  return (problems ?? []).filter((one) => one.column !== null && one.column === column.index);
}

/** Column of the grid where a problem is shown: its own, or that of the path for one about the row. */
export function columnOf(
  problem: Pick<SheetProblem, "column">,
  columns: readonly ViewColumn[],
): number {
  const own = columns.findIndex(({ index }) => index !== null && index === problem.column);
  return own >= 0 ? own : columns.findIndex(({ field }) => field === "path");
}

/** A message as a sentence. */
export function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?…:]$/.test(text) ? text : `${text}.`;
}
