import { z } from "zod";
import type { Database } from "./database.ts";
import { parseRow } from "./read-recorded.ts";

/** How much a ledger holds. */
export interface RecordCounts {
  runs: number;
  /** Rows of manifests, each once for every run that meant to send or adopt it. */
  rows: number;
  attempts: number;
  graphics: number;
  deletions: number;
}

const COUNTS = `
SELECT CAST(json_array((SELECT count(*) FROM main.runs), (SELECT count(*) FROM main.items),
  (SELECT count(*) FROM main.attempts), (SELECT count(*) FROM main.graphics),
  (SELECT count(*) FROM main.deletions)) AS BLOB)`;

/** Counts what a ledger holds. */
export function countRecords(database: Database): RecordCounts {
  const count = z.int();
  const row = parseRow(z.tuple([count, count, count, count, count]), database.getJson(COUNTS, []));
  const [runs, rows, attempts, graphics, deletions] = row;
  return { runs, rows, attempts, graphics, deletions };
}
