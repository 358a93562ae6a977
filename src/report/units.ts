import type { ActionName, Reason } from "../plan/planned-row.ts";

const STEPS = ["kB", "MB", "GB"];

// By hand: to make one of Intl's formatters takes as long as a tenth of a command's start.
const THOUSANDS = /\B(?=(\d{3})+$)/g;

/** Bytes for a person: `812 bytes`, `30.2 kB`, `5 MB`; decimal steps of 1,000. */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes < 1_000) return plural(sizeBytes, "byte");
  const step = Math.min(STEPS.length, Math.floor(Math.log10(sizeBytes) / 3));
  const unit = 1_000 ** step;
  const tenths = Math.round((sizeBytes * 10) / unit);
  const rest = tenths % 10;
  const whole = formatCount((tenths - rest) / 10);
  return `${rest === 0 ? whole : `${whole}.${rest}`} ${STEPS[step - 1]}`;
}

/** A whole number with thousands separators. */
export function formatCount(count: number): string {
  return String(count).replace(THOUSANDS, ",");
}

/** `1 row`, `2 rows`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Milliseconds for a person, rounded up: `1 s`, `12 min`, `3 h 20 min`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(1, Math.ceil(durationMs / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** `3 adopted, 1 refused`: the counts above 0, and the first `always` ones whatever they are. */
export function formatCounts(
  counts: readonly (readonly [count: number | null, what: string])[],
  always = 0,
  format: (count: number) => string = String,
): string {
  return counts
    .map(([count, what]) => ({ count: count ?? 0, what }))
    .filter(({ count }, index) => count > 0 || index < always)
    .map(({ count, what }) => `${format(count)} ${what}`)
    .join(", ");
}

/** The marks of the contract's table (Commands). */
export const ACTION_MARK: Record<ActionName, string> = {
  create: "+",
  unchanged: "=",
  replace: "~",
  orphan: "-",
  unknown: "?",
};

/** Why an action is what it is, for a person. */
export const REASON_TEXT: Record<Reason, string> = {
  new: "new",
  "id-deleted": "uploaded again: the id in the manifest was deleted, or may have been",
  "id-replaced": "uploaded again: the id in the manifest was replaced by a later upload",
  "possible-duplicate":
    "new; an upload of the same bytes under another name or folder got no answer and may be in the library too",
  shared: "takes the id of another row with the same bytes",
  "same-bytes": "same bytes",
  adopted: "id taken from the results",
  "bytes-changed": "bytes changed",
  renamed: "renamed",
  moved: "moved",
  "moved-and-renamed": "moved and renamed",
  "bytes-and-address-changed": "bytes and name or folder changed",
  "not-in-manifest": "recorded, no longer in the manifest; apply leaves it",
  held: "an earlier upload got no answer; not sent again (--unknown retry sends it)",
  "will-repeat": "its answer was lost; asked for again with the same key",
  "will-retry": "an earlier upload got no answer; sent again, which may make a duplicate",
  "held-not-in-manifest":
    "an upload of a row that is no longer in the manifest got no answer; `qgfx resolve` settles it",
};
