import type { ManifestRow } from "../manifest/manifest.ts";
import type { FolderAndName } from "./recorded.ts";

/**
 * What is to be made of the id in a row's results columns: `counts`, it may be taken over; `elsewhere`, it is of
 * another service or library; `deleted` and `replaced`, its library has the graphic no longer, or not as this row's.
 */
export type PriorState = "counts" | "elsewhere" | "deleted" | "replaced";

/** What is recorded of an id in one library, beside the addresses that have it now. */
export interface PastId {
  /** Whether it was deleted, or a deletion of it got no answer. */
  isGone: boolean;
  /** Where it was and is no longer, with the bytes it had there (lower-case hex). */
  places: readonly (FolderAndName & { sha256: string })[];
}

/**
 * Judges the id in a row's results columns by what the ledger has of it. Where an address has the id now, nobody
 * asks. What people expect of a row whose id the ledger has
 *
 * | recorded | expected | → |
 * |---|---|---|
 * | never | the results are all there is: nothing is uploaded | `counts` |
 * | deleted, or a deletion got no answer | it may not be there any more: an upload | `deleted` |
 * | replaced at the row's own address, same bytes | a rename or a change was taken back: the graphic is in the library as it was, nothing is uploaded | `counts` |
 * | replaced, only under other names or with other bytes | the library has it under the old name for good (the row was renamed), or with another picture: an upload | `replaced` |
 */
export function judgePrior(
  { folder, name, prior }: ManifestRow,
  past: PastId | undefined,
): PriorState {
  if (!past) return "counts";
  if (past.isGone) return "deleted";
  const wasHere = past.places.some(
    (place) => place.folder === folder && place.name === name && place.sha256 === prior?.sha256,
  );
  return wasHere ? "counts" : "replaced";
}
