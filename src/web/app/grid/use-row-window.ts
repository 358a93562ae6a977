import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

const ABOVE = 6;
const BELOW = 10;

/** The rows to draw, by index; `last` is behind them. */
interface RowWindow {
  first: number;
  last: number;
  /** How many rows are seen at once. */
  page: number;
}

/** Which rows of one height are in sight of a scrolling element, with some to spare. */
export function useRowWindow(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  heightPx: number,
): RowWindow {
  const [seen, setSeen] = useState({ top: 0, rows: 20 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      const top = Math.floor(element.scrollTop / heightPx);
      const rows = Math.ceil(element.clientHeight / heightPx);
      setSeen((old) => (old.top === top && old.rows === rows ? old : { top, rows }));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [scroller, heightPx]);
  const first = Math.max(0, Math.min(seen.top - ABOVE, count - seen.rows));
  const last = Math.min(count, seen.top + seen.rows + BELOW);
  return { first, last, page: Math.max(1, seen.rows - 2) };
}
