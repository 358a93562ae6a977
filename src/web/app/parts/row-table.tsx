import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useRowWindow } from "../grid/use-row-window.ts";
import { useIsNarrow } from "./use-is-narrow.ts";

/** A column of a long list. */
export interface TableColumn<Item> {
  header: string;
  /** As a grid track, as `minmax(160px, 2fr)`. */
  track: string;
  show(item: Item): ComponentChildren;
  isRowHeader?: boolean;
  /** Left out where there is little room. */
  isExtra?: boolean;
  /** Beside the row's header where there is little room. */
  isAside?: boolean;
}

interface RowTableProps<Item> {
  label: string;
  columns: readonly TableColumn<Item>[];
  items: readonly Item[];
  keyOf(item: Item, index: number): string;
}

const ITEM_PX = 56;
/** Two lines, where there is little room. */
const NARROW_ITEM_PX = 96;

/** A list of any length as a table; only rows in sight are drawn, and the one that holds the focus. */
export function RowTable<Item>({ label, columns, items, keyOf }: RowTableProps<Item>) {
  const scroller = useRef<HTMLDivElement>(null);
  const itemPx = useIsNarrow() ? NARROW_ITEM_PX : ITEM_PX;
  const { first, last } = useRowWindow(scroller, items.length, itemPx);
  const [focused, setFocused] = useState(-1);
  useLayoutEffect(() => {
    const tracks = columns.map(({ track }) => track).join(" ");
    scroller.current?.style.setProperty("--columns", tracks);
  }, [columns]);
  const drawn = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  if (focused >= 0 && focused < first) drawn.unshift(focused);
  if (focused >= last && focused < items.length) drawn.push(focused);
  return (
    <div
      ref={scroller}
      class="table"
      role="table"
      aria-label={label}
      aria-rowcount={items.length + 1}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too
      tabIndex={0}
      onFocusIn={({ target }) => setFocused(indexOf(target))}
      onFocusOut={() => setFocused(-1)}
    >
      <div role="rowgroup" class="table-head">
        <div role="row" class="item" aria-rowindex={1}>
          {columns.map(({ header }) => (
            <span key={header} role="columnheader">
              {header}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" class="table-body" style={{ height: `${items.length * itemPx}px` }}>
        {drawn.map((index) => {
          const item = items[index];
          if (item === undefined) return null;
          return (
            <div
              key={keyOf(item, index)}
              role="row"
              class="item"
              aria-rowindex={index + 2}
              data-row={index}
              style={{ transform: `translateY(${index * itemPx}px)` }}
            >
              {columns.map(({ header, show, isRowHeader, isExtra, isAside }) => (
                <div
                  key={header}
                  role={isRowHeader ? "rowheader" : "cell"}
                  class={isExtra ? "is-extra" : isAside ? "is-aside" : ""}
                >
                  {show(item)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function indexOf(target: EventTarget | null): number {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
  return row ? Number(row.dataset.row) : -1;
}
