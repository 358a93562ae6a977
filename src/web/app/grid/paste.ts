import type { Area, Extent } from "./selection.ts";

/** A cell that a paste fills. */
export interface Filled {
  row: number;
  column: number;
  text: string;
}

/**
 * Where pasted cells go: from the top left of the selection on; into all of it where it is a whole multiple of what is
 * pasted, as one cell always is. `lost`: cells that fell beyond the last row or column.
 */
export function placePasted(
  clip: readonly (readonly string[])[],
  area: Area,
  extent: Extent,
): { filled: Filled[]; lost: number; area: Area } {
  const height = clip.length;
  const width = Math.max(...clip.map((row) => row.length));
  const rows = area.bottom - area.top + 1;
  const columns = area.right - area.left + 1;
  const isTiled = rows % height === 0 && columns % width === 0;
  const bottom = area.top + (isTiled ? rows : height) - 1;
  const right = area.left + (isTiled ? columns : width) - 1;
  const filled: Filled[] = [];
  let lost = 0;
  for (let row = area.top; row <= bottom; row += 1) {
    for (let column = area.left; column <= right; column += 1) {
      const text = clip[(row - area.top) % height]?.[(column - area.left) % width];
      if (text === undefined) continue;
      if (row < extent.rows && column < extent.columns) filled.push({ row, column, text });
      else lost += 1;
    }
  }
  const end = {
    bottom: Math.min(bottom, extent.rows - 1),
    right: Math.min(right, extent.columns - 1),
  };
  return { filled, lost, area: { ...area, ...end } };
}
