import { type Diagnostic, diagnostic } from "./diagnostic.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import { type Likeness, ListIndex } from "./list-index.ts";
import type { ManifestRow } from "./manifest.ts";
import { showValue } from "./show-value.ts";
import { addText, HASH_START, spread } from "./text-hash.ts";

// Drawn anew each time, as for addresses.
const SEED = Math.floor(Math.random() * 2 ** 32);

const BY_ID: Likeness<ManifestRow> = {
  hashOf: ({ prior }) => spread(addText(HASH_START ^ SEED, prior?.graphicId ?? "")),
  isSame: (one, other) => one.prior?.graphicId === other.prior?.graphicId,
};

/**
 * The rule across the ids of results columns: a graphic never changes its bytes, so an id that two rows give with
 * different hashes is wrong in one of them, as where a spreadsheet filled a cell into those below.
 */
export function checkPriorIds(
  file: string,
  rows: readonly ManifestRow[],
  found: DiagnosticList,
): void {
  let seen: ListIndex<ManifestRow, ManifestRow> | undefined;
  for (const [index, row] of rows.entries()) {
    if (!row.prior) continue;
    seen ??= new ListIndex(rows, BY_ID);
    const first = seen.add(index);
    if (!first || first.prior?.sha256 === row.prior.sha256) continue;
    found.addOne("PRIOR_GRAPHIC_ID_CONFLICT", () => conflict(file, row, first.line));
  }
}

function conflict(file: string, { line, prior, columnOf }: ManifestRow, first: number): Diagnostic {
  return diagnostic(
    "error",
    "PRIOR_GRAPHIC_ID_CONFLICT",
    `lines ${first} and ${line} both have the graphicId ${showValue(prior?.graphicId ?? "")}, but not the same sha256`,
    "put back the ids of the results CSV, or empty the graphicId of the row it does not belong to",
    { file, line, column: columnOf.graphicId, field: "graphicId", value: prior?.graphicId },
  );
}
