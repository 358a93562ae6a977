import { useLayoutEffect, useRef } from "preact/hooks";
import { clearCells, copiedText, extentOf, pasteText } from "./cell-actions.ts";
import type { ViewColumn } from "./columns.ts";
import { commandOf } from "./keys.ts";
import { ROW_PX, Row } from "./row.tsx";
import { areaOf, move } from "./selection.ts";
import type { GridModel } from "./use-grid.ts";
import { usePointer } from "./use-pointer.ts";
import { useRowWindow } from "./use-row-window.ts";

/** The spreadsheet as a grid. The active row is drawn however far one scrolls, so that Tab finds it. */
export function Grid({ grid }: { grid: GridModel }) {
  const { sheet, columns, selection, editing } = grid;
  const scroller = useRef<HTMLDivElement>(null);
  const { first, last, page } = useRowWindow(scroller, sheet.rows.length, ROW_PX);
  const pointer = usePointer(grid);
  useColumnWidths(scroller, grid);
  useFocus(scroller, grid);
  const onKeyDown = (event: KeyboardEvent) => {
    const command = commandOf(event);
    if (editing || !command) return;
    event.preventDefault();
    if (command.do === "move") {
      grid.select(move(selection, command.how, extentOf(grid), page, command.extends));
    } else if (command.do === "type") grid.startEditing(command.text);
    else if (command.do === "leave") leave(scroller.current);
    else grid.run(command.do);
  };
  return (
    <div
      ref={scroller}
      class="grid"
      role="grid"
      aria-label={sheet.head.file}
      aria-rowcount={sheet.rows.length + 1}
      aria-colcount={columns.length}
      aria-multiselectable="true"
      onKeyDown={onKeyDown}
      {...pointer}
      {...useClipboard(grid)}
    >
      <ColumnHeaders columns={columns} />
      <div class="grid-body" role="rowgroup" style={{ height: `${sheet.rows.length * ROW_PX}px` }}>
        {drawn(first, last, selection.active.row, sheet.rows.length).map((index) => (
          <GridRowAt key={sheet.rows[index]?.id} grid={grid} index={index} />
        ))}
      </div>
    </div>
  );
}

function GridRowAt({ grid, index }: { grid: GridModel; index: number }) {
  const { sheet, columns, selection, editing, isReadOnly, problems, actions, imageOf } = grid;
  const row = sheet.rows[index];
  if (!row) return null;
  const { top, left, bottom, right } = areaOf(selection);
  const isSelected = index >= top && index <= bottom;
  const isActive = index === selection.active.row;
  return (
    <Row
      row={row}
      index={index}
      columns={columns}
      image={imageOf(row)}
      problems={problems.get(row.id)}
      action={actions.get(row.id)}
      active={isActive ? selection.active.column : -1}
      from={isSelected ? left : -1}
      to={isSelected ? right : -1}
      editing={isActive ? editing : null}
      isReadOnly={isReadOnly}
    />
  );
}

/** Rows in sight and the active one, in their order. */
function drawn(first: number, last: number, active: number, count: number): number[] {
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  if (active < first && active < count) rows.unshift(active);
  if (active >= last && active < count) rows.push(active);
  return rows;
}

/** Out of the grid, to what stands behind it. */
function leave(grid: HTMLElement | null): void {
  grid?.closest(".sheet")?.querySelector<HTMLElement>(".strip")?.focus();
}

function useColumnWidths(scroller: { current: HTMLDivElement | null }, { columns }: GridModel) {
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const tracks = columns.map(({ widthPx, field }) =>
      field === "name" || field === "path" || field === "folder"
        ? `minmax(${widthPx}px, ${field === "folder" ? 1 : 2}fr)`
        : `${widthPx}px`,
    );
    element.style.setProperty("--columns", tracks.join(" "));
    const width = columns.reduce((sum, { widthPx }) => sum + widthPx, 0);
    element.style.setProperty("--width", `${width}px`);
    const look = () => element.classList.toggle("is-scrolling", element.clientWidth < width);
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [columns]);
}

/** The active cell takes the focus when something is selected, or when the cell that had it is gone. */
function useFocus(
  scroller: { current: HTMLDivElement | null },
  { focusCount, revealCount }: GridModel,
): void {
  const last = useRef({ focusCount: 0, revealCount: 0 });
  useLayoutEffect(() => {
    const isLost = last.current.focusCount > 0 && document.activeElement === document.body;
    const takesFocus = last.current.focusCount !== focusCount || isLost;
    const isRevealed = last.current.revealCount !== revealCount;
    last.current = { focusCount, revealCount };
    if (!takesFocus && !isRevealed) return;
    const cell = scroller.current?.querySelector<HTMLElement>(".grid-body [tabindex='0']");
    if (takesFocus) cell?.focus({ preventScroll: true });
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}

function useClipboard(grid: GridModel) {
  const copyTo = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", copiedText(grid));
    event.preventDefault();
  };
  const isOurs = () => grid.editing === null;
  return {
    onCopy: (event: ClipboardEvent) => isOurs() && copyTo(event),
    onCut: (event: ClipboardEvent) => {
      if (!isOurs() || grid.isReadOnly) return;
      copyTo(event);
      clearCells(grid);
    },
    onPaste: (event: ClipboardEvent) => {
      if (!isOurs() || grid.isReadOnly) return;
      event.preventDefault();
      const text = event.clipboardData?.getData("text/plain");
      if (text) grid.select(pasteText(grid, text));
    },
  };
}

/** The row of headers, which stays at the top. */
function ColumnHeaders({ columns }: { columns: readonly ViewColumn[] }) {
  return (
    <div role="rowgroup" class="grid-head">
      <div role="row" class="row" aria-rowindex={1}>
        {columns.map((column, at) => (
          <div
            key={column.key}
            role="columnheader"
            class={`cell ${column.about ?? column.field ?? "own"}`}
            aria-colindex={at + 1}
            title={column.header}
          >
            <span class={column.index === null && column.about === null ? "text ghost" : "text"}>
              {column.header}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}
