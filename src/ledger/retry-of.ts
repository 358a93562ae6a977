const RETRY_SUFFIX = /(\.retry)+\.csv$/;
/** A sheet of a workbook is a manifest of its own; its name may hold dots. */
const WORKBOOK_SHEET = /\.xlsx#[^/]*$/i;
const EXTENSION = /\.[^./]+$/;

/** Whether a manifest holds the rows of another that failed: its name says so. */
export function isRetrySheet(manifest: string): boolean {
  return RETRY_SUFFIX.test(manifest);
}

/** Whether a retry sheet's name is that of this manifest: `m.retry.csv` is of `m.csv`, and of any other `m`. */
export function isRetryOf(retrySheet: string, manifest: string): boolean {
  return !isRetrySheet(manifest) && retrySheet.replace(RETRY_SUFFIX, "") === stemOf(manifest);
}

function stemOf(manifest: string): string {
  const ending = WORKBOOK_SHEET.test(manifest) ? WORKBOOK_SHEET : EXTENSION;
  return manifest.replace(ending, "");
}
