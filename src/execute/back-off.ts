/**
 * Full jitter (reliability: Decision table): anywhere between 0 and 1, 2, 4 … 60 s after the first, second,
 * third … failure in a row. `random` gives [0, 1). Whole milliseconds.
 */
export function backOffMs(failures: number, random: () => number): number {
  return Math.ceil(random() * longestMs(failures, 60_000));
}

/**
 * The wait after a 429: the last quarter of 1, 2, 4 … 25 s. A minute's spent quota is then outlasted by the
 * seven waits between eight attempts, which a row that is tried alone needs, and no wait goes far beyond
 * the minute's end.
 */
export function throttledBackOffMs(failures: number, random: () => number): number {
  return Math.ceil((0.75 + 0.25 * random()) * longestMs(failures, 25_000));
}

function longestMs(failures: number, capMs: number): number {
  return Math.min(capMs, 1_000 * 2 ** Math.max(0, failures - 1));
}
