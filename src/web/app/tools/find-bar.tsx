import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { plural } from "../../../report/units.ts";
import { extentOf, setCells } from "../grid/cell-actions.ts";
import { cellText, ghostText } from "../grid/columns.ts";
import { selectCell } from "../grid/selection.ts";
import type { GridModel } from "../grid/use-grid.ts";
import { say } from "../state/store.ts";
import { finder, isFound, nextFound, replaceIn } from "./find-replace.ts";

/** The bar to find text in cells, and to replace it. */
export function FindBar({ grid }: { grid: GridModel }) {
  const [text, setText] = useState("");
  const [replacement, setReplacement] = useState("");
  const [matchesCase, setMatchesCase] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const mode = grid.find;
  useLayoutEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, [mode]);
  const find = finder({ text, matchesCase });
  const next = (backward: boolean) => {
    if (!find) return;
    const cellAt = (row: number, column: number) => shownText(grid, row, column);
    const found = nextFound(cellAt, extentOf(grid), grid.selection.active, find, backward);
    if (!found) return say(`“${text}” was not found`);
    grid.reveal(selectCell(found.row, found.column));
    say(`Found in line ${grid.sheet.rows[found.row]?.line}`);
  };
  const replaceAll = () => {
    if (find)
      setCells(grid.sheet, replacements(grid, find, replacement), "replaced", "replace all");
  };
  const replaceOne = () => {
    const { row, column } = grid.selection.active;
    const here = find && replacements(grid, find, replacement, row, column);
    if (here && here.length > 0) setCells(grid.sheet, here, "replaced", "replace");
    next(false);
  };
  const close = () => {
    grid.setFind(null);
    grid.select(grid.selection);
  };
  return (
    <search
      class="find"
      aria-label="Find"
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <label>
        <span>Find</span>
        <input
          ref={input}
          type="text"
          value={text}
          spellcheck={false}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") next(event.shiftKey);
          }}
        />
      </label>
      <button type="button" disabled={!find} onClick={() => next(false)}>
        Next
      </button>
      <button type="button" disabled={!find} onClick={() => next(true)}>
        Previous
      </button>
      <label class="check">
        <input
          type="checkbox"
          checked={matchesCase}
          onChange={({ currentTarget }) => setMatchesCase(currentTarget.checked)}
        />
        <span>Match case</span>
      </label>
      {mode === "replace" ? (
        <>
          <label>
            <span>Replace with</span>
            <input
              type="text"
              value={replacement}
              spellcheck={false}
              onInput={({ currentTarget }) => setReplacement(currentTarget.value)}
            />
          </label>
          <button type="button" disabled={!find || grid.isReadOnly} onClick={replaceOne}>
            Replace
          </button>
          <button type="button" disabled={!find || grid.isReadOnly} onClick={replaceAll}>
            Replace all
          </button>
        </>
      ) : (
        <button type="button" onClick={() => grid.setFind("replace")}>
          Replace…
        </button>
      )}
      {find && <span class="soft">{plural(countFound(grid, find), "cell")}</span>}
      <span class="grow" />
      <button type="button" class="icon" aria-label="Close find" onClick={close}>
        ✕
      </button>
    </search>
  );
}

function shownText({ sheet, columns, imageOf }: GridModel, at: number, column: number): string {
  const row = sheet.rows[at];
  const view = columns[column];
  if (!row || !view || view.about !== null) return "";
  return cellText(row, view, undefined) || ghostText(row, view, imageOf(row));
}

function countFound(grid: GridModel, find: RegExp): number {
  const { rows, columns } = extentOf(grid);
  let count = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 1; column < columns; column += 1) {
      if (isFound(shownText(grid, row, column), find)) count += 1;
    }
  }
  return count;
}

/** In all rows and columns, or at one place. What only shows because the cell is empty is left alone. */
function replacements(
  { sheet, columns }: GridModel,
  find: RegExp,
  replacement: string,
  onlyRow?: number,
  onlyColumn?: number,
) {
  const rows = onlyRow === undefined ? sheet.rows : sheet.rows.slice(onlyRow, onlyRow + 1);
  const among = onlyColumn === undefined ? columns : columns.slice(onlyColumn, onlyColumn + 1);
  const editable = among.filter(({ isEditable, index }) => isEditable && index !== null);
  return rows.flatMap((row) =>
    editable.flatMap((column) => {
      const old = cellText(row, column, undefined);
      const text = replaceIn(old, find, replacement);
      return text === old ? [] : [{ row, column, text }];
    }),
  );
}
