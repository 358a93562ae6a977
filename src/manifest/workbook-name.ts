/** Whether a manifest's name says that it is an Excel workbook. */
export function isWorkbookName(file: string): boolean {
  return /\.xlsx$/i.test(file);
}
