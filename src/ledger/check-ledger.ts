import { isUtf8 } from "node:buffer";
import { z } from "zod";
import type { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import type { LedgerHeader } from "./ledger-file.ts";
import { damaged } from "./refusal.ts";
import { IS_UNSOUND, SCHEMA } from "./schema.ts";

const SCHEMA_TEXTS = SCHEMA.map((text) => `'${text.replaceAll("'", "''")}'`).join(", ");

/**
 * Checks give their verdict as an error, because only `exec` surely lets the file go afterwards: `json` takes
 * the `0` of a sound file and throws at anything else.
 */
const verdict = (isSound: string) => `SELECT json(iif(${isSound}, '0', 'unsound'))`;

/** All that this qgfx made is there, and nothing else: no trigger or view of a stranger's. */
const SCHEMA_CHECK = `
${verdict(`(SELECT count(*) FROM sqlite_schema WHERE sql IN (${SCHEMA_TEXTS})) = ${SCHEMA.length}
  AND (SELECT count(*) FROM sqlite_schema WHERE sql IS NOT NULL) = ${SCHEMA.length}`)}`;

/** Whether a column holds what no id has: ids are shown, and put into addresses. */
const isNoId = (id: string) => `${id} NOT GLOB 'IM_*' OR ${id} GLOB '*[^a-zA-Z0-9_]*'`;

/** Each attempt is of a run, and of its library, and holds what it may. */
const ATTEMPTS_CHECK =
  verdict(`NOT EXISTS (SELECT 1 FROM attempts LEFT JOIN runs ON runs.id = run_id
  WHERE (attempts.service, attempts.library) IS NOT (runs.service, runs.library) OR ${IS_UNSOUND}
    OR ${isNoId("graphic_id")} OR ${isNoId("replaces")})`);

/** Every row is looked up in every index, with up to 64 MiB of pages in memory. */
const PAGE_CHECK = `
PRAGMA cache_size = -65536;
${verdict("integrity_check = 'ok'")} FROM pragma_integrity_check`;

const FORMAT_1_CHECK = verdict(
  "NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type NOT IN ('table', 'index'))",
);

/**
 * Refuses, with a UserError, a ledger whose tables, pages, indexes or column types do not fit together, or that
 * holds what qgfx did not make. Reads only. 100,000 rows take about a quarter of a second.
 */
export function checkContent(database: Database, file: string, { format }: LedgerHeader): void {
  try {
    database.exec(format === 1 ? FORMAT_1_CHECK : SCHEMA_CHECK);
    database.exec(PAGE_CHECK);
    if (format === 2) database.exec(ATTEMPTS_CHECK);
  } catch (cause) {
    if (cause instanceof DatabaseFault && cause.code === "SQLITE_ERROR") {
      throw damaged(file, "its parts do not fit together");
    }
    throw cause;
  }
}

const columnSchema = z.object({ name: z.string() });

/** Refuses text that is not UTF-8: SQLite's own checks pass over it, and whoever reads it would find it too late. */
export function checkTexts(database: Database): void {
  for (const table of ["runs", "attempts"]) {
    const columns = database.all(columnSchema, `SELECT name FROM pragma_table_info('${table}')`);
    // Between two texts something must stand, or halves of characters could become whole ones.
    const row = columns.map(({ name }) => `coalesce(${name}, '')`).join(" || char(10) || ");
    const all = database.bytes(`SELECT CAST(group_concat(${row}, char(10)) AS BLOB) FROM ${table}`);
    if (isUtf8(all)) continue;
    throw new DatabaseFault("SQLITE_CORRUPT", "a row holds text that is not UTF-8");
  }
}
