import { isUtf8 } from "node:buffer";
import { type Database, DatabaseFault } from "./database.ts";

/** Every table whose rows are read back. */
const TABLES = ["runs", "items", "attempts", "progress", "graphics", "deletions"];

/** Rows looked at with one call of the driver. */
const PAGE_ROWS = 4_096;

/**
 * Refuses, with a `DatabaseFault`, a ledger that holds text which is not UTF-8: SQLite's own checks pass over
 * it, and whoever reads the row would find it only after the ledger was written to. Reads only.
 */
export function checkTexts(database: Database): void {
  for (const table of TABLES) checkTable(database, table);
}

function checkTable(database: Database, table: string): void {
  const columns = textColumns(database, table).map((name) => `coalesce(${name}, '')`);
  // Between two texts something must stand, or halves of characters could become whole ones.
  const row = columns.join(" || char(10) || ");
  const page = `
SELECT CAST(max(id) || char(10) || group_concat(texts, char(10)) AS BLOB) FROM (
  SELECT id, ${row} AS texts FROM ${table} WHERE id > ? ORDER BY id LIMIT ${PAGE_ROWS})`;
  let texts = database.getBlob(page, [0]);
  while (texts) {
    if (!isUtf8(texts)) {
      throw new DatabaseFault("SQLITE_CORRUPT", "a row holds text that is not UTF-8");
    }
    const lastId = Number(texts.toString("latin1", 0, texts.indexOf("\n")));
    texts = database.getBlob(page, [lastId]);
  }
}

function textColumns(database: Database, table: string): string[] {
  const names = `SELECT CAST(json_array(name) AS BLOB) FROM pragma_table_info(?) WHERE type = 'TEXT'`;
  return [...database.iterateJson(names, [table])].map((row) =>
    String(Array.isArray(row) && row[0]),
  );
}
