const RETRY_SUFFIX = /(\.retry)+\.csv$/;

/**
 * Whether what one manifest recorded can be an orphan of another: of itself, and of the manifest it holds the
 * failed rows of (`m.retry.csv` belongs to `m.csv`). A retry sheet has no orphans, not even of its own earlier
 * rows: it is written anew by each apply, and whatever has been uploaded is missing from it.
 */
export function isOwnedBy(recordedBy: string, manifest: string): boolean {
  if (RETRY_SUFFIX.test(manifest)) return false;
  if (recordedBy === manifest) return true;
  return RETRY_SUFFIX.test(recordedBy) && originOf(recordedBy) === stemOf(manifest);
}

function originOf(retrySheet: string): string {
  return retrySheet.replace(RETRY_SUFFIX, "");
}

function stemOf(manifest: string): string {
  return manifest.replace(/\.[^./]+$/, "");
}
