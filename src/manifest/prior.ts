import { type Diagnostic, diagnostic } from "./diagnostic.ts";
import type { TableLayout } from "./header.ts";
import type { ManifestRow, PriorResult, ResultColumn } from "./manifest.ts";
import { showValue } from "./show-value.ts";

// qualtrics-api, Answers.
const GRAPHIC_ID = /^IM_[a-zA-Z0-9]{11,15}$/;

/** Whether a text has the form of a graphic's id. */
export function isGraphicId(text: string): boolean {
  return GRAPHIC_ID.test(text);
}

const SHA256 = /^[0-9a-f]{64}$/i;
/** Scheme and the beginning of a host; whether it is this service's is for the plan. */
const WEB_URL = /^https?:\/\/[^\s/]/i;

/**
 * What an earlier run wrote into a row's results columns. A row that carries an id is either adopted or an
 * error: taking it for a new one would upload its image a second time.
 */
export function parsePrior(
  cells: readonly string[],
  results: NonNullable<TableLayout["results"]>,
  at: { file: string; line: number },
): PriorResult | Diagnostic | undefined {
  const cell = (column: ResultColumn) => cells[results[column] ?? -1]?.trim() ?? "";
  const [graphicId, sha256, url] = [cell("graphicId"), cell("sha256"), cell("url")];
  const malformed = (column: ResultColumn, expected: string, otherwise: string) =>
    diagnostic(
      "error",
      "PRIOR_GRAPHIC_ID_MALFORMED",
      `the ${column} ${showValue(cell(column))} is not one, expected ${expected}`,
      `put back the ${column === "graphicId" ? "id" : column} of the results CSV, or empty ${otherwise}`,
      { ...at, column: (results[column] ?? 0) + 1, field: column, value: cell(column) },
    );
  if (graphicId === "") return undefined;
  if (!isGraphicId(graphicId)) {
    const expected = "IM_ and 11 to 15 letters or digits";
    return malformed("graphicId", expected, "the cell to upload the image again");
  }
  if (!SHA256.test(sha256)) {
    const expected = "64 hexadecimal digits beside a graphicId";
    return malformed("sha256", expected, "the graphicId to upload the image again");
  }
  if (url !== "" && !WEB_URL.test(url)) {
    return malformed("url", "https:// and what follows beside a graphicId", "the cell");
  }
  return { graphicId, sha256: sha256.toLowerCase(), url, uploadedAt: cell("uploadedAt") };
}

/**
 * The rule across the ids of results columns: a graphic never changes its bytes, so an id that two rows give with
 * different hashes is wrong in one of them, as where a spreadsheet filled a cell into those below.
 */
export function checkPriorIds(file: string, rows: readonly ManifestRow[]): Diagnostic[] {
  const firsts = new Map<string, ManifestRow>();
  return rows.flatMap((row) => {
    if (!row.prior) return [];
    const first = firsts.get(row.prior.graphicId);
    if (!first) firsts.set(row.prior.graphicId, row);
    return first && first.prior?.sha256 !== row.prior.sha256
      ? [conflict(file, row, first.line)]
      : [];
  });
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
