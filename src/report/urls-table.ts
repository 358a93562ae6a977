import { guardFormula } from "../manifest/formula-guard.ts";
import type { ExportedRow } from "./exported-row.ts";
import { tabSeparated } from "./tab-separated.ts";

/** A name → id → URL table, tab-separated with a header, to be pasted into a spreadsheet. */
export function formatUrls(rows: readonly ExportedRow[]): string {
  const lines = rows.flatMap(({ name, graphicId, url }) =>
    graphicId === null ? [] : [[name, graphicId, url ?? ""].map(guardFormula)],
  );
  return [["name", "graphicId", "url"], ...lines].map(tabSeparated).join("");
}
