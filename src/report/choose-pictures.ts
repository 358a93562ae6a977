/** A picture that may go into the page. */
export interface Candidate {
  /** Lower-case hex. */
  sha256: string;
  sizeBytes: number;
}

/** Base64 makes four characters of three bytes (RFC 4648 §4). */
export function embeddedChars(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 3) * 4;
}

/**
 * Which pictures fit into `budgetChars` of the page: the smallest first, so that as many as possible are
 * seen. One that stands in several rows costs as often.
 */
export function choosePictures(
  candidates: readonly Candidate[],
  budgetChars: number,
): ReadonlySet<string> {
  const costs = new Map<string, { sizeBytes: number; chars: number }>();
  for (const { sha256, sizeBytes } of candidates) {
    const earlier = costs.get(sha256)?.chars ?? 0;
    costs.set(sha256, { sizeBytes, chars: earlier + embeddedChars(sizeBytes) });
  }
  const chosen = new Set<string>();
  let left = budgetChars;
  const bySize = [...costs].sort(([, a], [, b]) => a.sizeBytes - b.sizeBytes);
  for (const [sha256, { chars }] of bySize) {
    if (chars > left) continue;
    left -= chars;
    chosen.add(sha256);
  }
  return chosen;
}
