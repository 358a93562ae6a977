import { useRef } from "preact/hooks";
import { extentOf } from "./cell-actions.ts";
import type { Place } from "./selection.ts";
import type { GridModel } from "./use-grid.ts";

/** Selecting with the mouse: click, drag, Shift; a second click, or a double click, edits. */
export function usePointer(grid: GridModel) {
  const isDragging = useRef(false);
  const { selection, editing } = grid;

  const onPointerDown = (event: PointerEvent) => {
    const place = placeOf(event.target);
    if (!place || event.button !== 0 || isEditor(event.target)) return;
    // The focus follows the selection, not the click.
    if (event.pointerType === "mouse") event.preventDefault();
    if (editing) (document.activeElement as HTMLElement | null)?.blur();
    const isAgain = isSame(place, selection.active) && event.pointerType !== "mouse";
    if (isAgain) return grid.startEditing();
    isDragging.current = event.pointerType === "mouse";
    if (event.shiftKey) return grid.select({ anchor: selection.anchor, active: place });
    grid.select(isLine(event.target) ? wholeRow(place, grid) : { anchor: place, active: place });
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!isDragging.current) return;
    if (event.buttons === 0) {
      isDragging.current = false;
      return;
    }
    const place = placeOf(document.elementFromPoint(event.clientX, event.clientY));
    if (!place || isSame(place, selection.active)) return;
    grid.select({ anchor: selection.anchor, active: place });
  };
  const onDblClick = (event: MouseEvent) => {
    const place = placeOf(event.target);
    if (place && !isEditor(event.target)) grid.startEditing();
  };
  // preventDefault on the pointer's event does not keep the focus from moving; on the mouse's it does.
  const onMouseDown = (event: MouseEvent) => {
    if (placeOf(event.target) && !isEditor(event.target)) event.preventDefault();
  };
  return { onPointerDown, onPointerMove, onDblClick, onMouseDown };
}

function placeOf(target: EventTarget | null): Place | undefined {
  const cell = target instanceof Element ? target.closest<HTMLElement>("[data-column]") : null;
  const row = cell?.closest<HTMLElement>("[data-row]");
  if (!cell || !row) return undefined;
  return { row: Number(row.dataset.row), column: Number(cell.dataset.column) };
}

function isEditor(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement;
}

function isLine(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(".line") !== null;
}

function wholeRow({ row }: Place, grid: GridModel) {
  return { anchor: { row, column: extentOf(grid).columns - 1 }, active: { row, column: 1 } };
}

function isSame(a: Place, b: Place): boolean {
  return a.row === b.row && a.column === b.column;
}
