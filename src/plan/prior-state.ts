import type { ManifestRow } from "../manifest/manifest.ts";
import type { Graphic } from "./recorded.ts";

/**
 * What is to be made of the id in a row's results columns: `counts`, it may be taken over; `deleted` and `replaced`,
 * its library has the graphic no longer, or not as this row's.
 */
export type PriorState = "counts" | "deleted" | "replaced";

/**
 * Judges the id in a row's results columns by what the ledger has of it in `past`. Where an address has the id now,
 * nobody asks. What people expect of a row whose id the ledger has
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
  past: readonly Pick<Graphic, "folder" | "name" | "sha256" | "state" | "isInDoubt">[],
): PriorState {
  if (past.length === 0) return "counts";
  if (past.some(({ state, isInDoubt }) => isInDoubt || state === "deleted")) return "deleted";
  const wasHere = past.some(
    (place) => place.folder === folder && place.name === name && place.sha256 === prior?.sha256,
  );
  return wasHere ? "counts" : "replaced";
}
