/**
 * One line of tab-separated cells, as spreadsheets and the Loop & Merge table take them from the clipboard: a
 * tab or a line break within a cell would end it, so it becomes a space.
 */
export function tabSeparated(cells: readonly string[]): string {
  return `${cells.map((cell) => cell.replace(/[\t\r\n]+/g, " ")).join("\t")}\n`;
}
