import type { Database } from "./database.ts";

/** Every table whose rows are read back. */
const TABLES = ["runs", "items", "attempts", "graphics", "deletions"];

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
SELECT CAST(json_array(max(id), group_concat(texts, char(10))) AS BLOB) FROM (
  SELECT id, ${row} AS texts FROM ${table} WHERE id > ? ORDER BY id LIMIT ${PAGE_ROWS})`;
  let lastId: unknown = 0;
  while (typeof lastId === "number") {
    // `getJson` throws where the bytes are not UTF-8.
    const read = database.getJson(page, [lastId]);
    lastId = Array.isArray(read) ? read[0] : null;
  }
}

function textColumns(database: Database, table: string): string[] {
  const names = `SELECT CAST(json_array(name) AS BLOB) FROM pragma_table_info(?) WHERE type = 'TEXT'`;
  return [...database.iterateJson(names, [table])].map((row) =>
    String(Array.isArray(row) && row[0]),
  );
}
