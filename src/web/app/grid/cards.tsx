import { useEffect, useRef, useState } from "preact/hooks";
import type { GridRow } from "../../../open/sheet-api.ts";
import { plural } from "../../../report/units.ts";
import { Dialog } from "../parts/dialog.tsx";
import { ActionMark } from "../parts/marks.tsx";
import { Thumbnail } from "../parts/thumbnail.tsx";
import { edit, repair } from "../state/change-sheet.ts";
import { WholeImage } from "../tools/large-image.tsx";
import { setCells } from "./cell-actions.ts";
import { cellText, ghostText } from "./columns.ts";
import { sentence } from "./problems.ts";
import type { GridModel } from "./use-grid.ts";
import { useRowWindow } from "./use-row-window.ts";

const CARD_PX = 76;

/** The rows where there is no room for a grid: each opens a form. */
export function Cards({ grid }: { grid: GridModel }) {
  const { sheet, problems, actions } = grid;
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<number | null>(grid.goal?.row ?? null);
  const { first, last } = useRowWindow(scroller, sheet.rows.length, CARD_PX);
  useSelected(grid, setOpen);
  const row = open === null ? undefined : sheet.rows[sheet.places.get(open) ?? -1];
  return (
    <div class="row-cards" ref={scroller}>
      <ul style={{ height: `${sheet.rows.length * CARD_PX}px` }}>
        {sheet.rows.slice(first, last).map((one, offset) => {
          const found = problems.get(one.id) ?? [];
          const action = actions.get(one.id);
          return (
            <li
              key={one.id}
              aria-setsize={sheet.rows.length}
              aria-posinset={first + offset + 1}
              style={{ transform: `translateY(${(first + offset) * CARD_PX}px)` }}
            >
              <button type="button" class="row-card" onClick={() => setOpen(one.id)}>
                <Thumbnail row={one.id} path={one.path} image={grid.imageOf(one)} />
                <span class="row-card-text">
                  <b dir="auto">{one.name || "(no name)"}</b>
                  <span class="soft">{one.folder}</span>
                  {found.length > 0 && (
                    <span class={`sign-text ${found[0]?.severity}`}>
                      ✗ {plural(found.length, "problem")}
                    </span>
                  )}
                </span>
                {action && <ActionMark action={action} />}
              </button>
            </li>
          );
        })}
      </ul>
      {row && <RowForm key={row.id} row={row} grid={grid} onClose={() => setOpen(null)} />}
    </div>
  );
}

/** Whatever leads to a cell opens the form of its row. */
function useSelected({ sheet, selection, focusCount }: GridModel, open: (id: number) => void) {
  const last = useRef(focusCount);
  useEffect(() => {
    const row = sheet.rows[selection.active.row];
    if (row && focusCount !== last.current) open(row.id);
    last.current = focusCount;
  }, [focusCount]);
}

function RowForm({ row, grid, onClose }: { row: GridRow; grid: GridModel; onClose(): void }) {
  const columns = grid.columns.filter(({ isEditable }) => isEditable);
  const [texts, setTexts] = useState(() => columns.map((one) => cellText(row, one, undefined)));
  const problems = grid.problems.get(row.id) ?? [];
  const apply = () => {
    onClose();
    const edits = columns.map((column, index) => ({ row, column, text: texts[index] ?? "" }));
    setCells(grid.sheet, edits, "changed", `${row.name} changed`);
  };
  const mend = (number: number) => {
    onClose();
    void repair(number);
  };
  const remove = () => {
    onClose();
    void edit([{ op: "remove", rows: [row.id] }], "1 row removed");
  };
  return (
    <Dialog
      title={`Line ${row.line}`}
      onClose={onClose}
      actions={
        <>
          <button type="button" disabled={grid.isReadOnly} onClick={remove}>
            Remove row
          </button>
          <span class="grow" />
          <button type="button" class="primary" disabled={grid.isReadOnly} onClick={apply}>
            Apply
          </button>
        </>
      }
    >
      <WholeImage row={row} />
      {problems.map(({ message, hint, code, severity, repair: number }) => (
        <p key={`${code} ${message}`} class={`sign-text ${severity}`}>
          <b>{sentence(message)}</b> {hint !== null && sentence(hint)}{" "}
          {number !== null && (
            <button type="button" disabled={grid.isReadOnly} onClick={() => mend(number)}>
              Repair
            </button>
          )}
        </p>
      ))}
      {columns.map((column, index) => (
        <label class="field" key={column.key}>
          <span>{column.header}</span>
          <input
            value={texts[index]}
            placeholder={ghostText(row, column, grid.imageOf(row))}
            disabled={grid.isReadOnly}
            onInput={({ currentTarget }) => setTexts(texts.with(index, currentTarget.value))}
          />
        </label>
      ))}
    </Dialog>
  );
}
