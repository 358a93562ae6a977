const MINUTE_MS = 60_000;

/** A service's own limiter; gives whether a request that arrives at `nowMs` is let in. */
export type Limiter = (nowMs: number) => boolean;

/** So many in each minute of the service's clock. */
export function fixedWindow(limit: number, offsetMs = 0): Limiter {
  let window = Number.NaN;
  let count = 0;
  return (nowMs) => {
    const current = Math.floor((nowMs + offsetMs) / MINUTE_MS);
    if (current !== window) count = 0;
    window = current;
    if (count >= limit) return false;
    count += 1;
    return true;
  };
}

/** So many in any 60 s. */
export function slidingWindow(limit: number): Limiter {
  const accepted: number[] = [];
  let first = 0;
  return (nowMs) => {
    while ((accepted[first] ?? nowMs) <= nowMs - MINUTE_MS) first += 1;
    if (accepted.length - first >= limit) return false;
    accepted.push(nowMs);
    return true;
  };
}

/** `limit` a minute drip into a bucket that holds `capacity` and is full at first. */
export function tokenBucket(limit: number, capacity: number): Limiter {
  let tokens = capacity;
  let lastMs = Number.NaN;
  return (nowMs) => {
    if (!Number.isNaN(lastMs)) {
      tokens = Math.min(capacity, tokens + ((nowMs - lastMs) * limit) / MINUTE_MS);
    }
    lastMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
