// Made once: a formatter takes longer to make than to use.
const STEPS = (["byte", "kilobyte", "megabyte", "gigabyte"] as const).map(
  (unit, step) =>
    new Intl.NumberFormat("en", {
      style: "unit",
      unit,
      unitDisplay: step === 0 ? "long" : "short",
      maximumFractionDigits: 1,
    }),
);
const COUNT = new Intl.NumberFormat("en");

/** Bytes for a person: `812 byte`, `30.2 kB`, `5 MB`; decimal steps of 1,000. */
export function formatBytes(sizeBytes: number): string {
  const step = Math.min(STEPS.length - 1, Math.floor(Math.log10(Math.max(sizeBytes, 1)) / 3));
  return STEPS[step]?.format(sizeBytes / 1000 ** step) ?? `${sizeBytes}`;
}

/** A count with thousands separators. */
export function formatCount(count: number): string {
  return COUNT.format(count);
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
