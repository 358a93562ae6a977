/** A clock that never steps back, whatever `now` does: a step counts as no time passed. Milliseconds. */
export function steadyClock(now: () => number): () => number {
  let lastMs = now();
  let lostMs = 0;
  return () => {
    const readMs = now();
    if (readMs < lastMs) lostMs += lastMs - readMs;
    lastMs = readMs;
    return readMs + lostMs;
  };
}
