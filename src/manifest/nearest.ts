import { distance } from "fastest-levenshtein";

/** The candidate that `wrong` was most likely meant to be: at most a third of its letters differ; undefined: none. */
export function nearest(wrong: string, candidates: readonly string[]): string | undefined {
  const typed = wrong.toLowerCase();
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = distance(typed, candidate.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(typed.length, candidate.length) / 3));
    if (edits <= allowed && (best === undefined || edits < best.edits)) best = { candidate, edits };
  }
  return best?.candidate;
}
