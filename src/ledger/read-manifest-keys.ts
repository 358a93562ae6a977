import { Database, type OpenMode } from "./database.ts";
import { cellsOf, textCell } from "./row-cells.ts";

const KEYS = "SELECT CAST(json_array(manifest) AS BLOB) FROM runs GROUP BY manifest";

/** The name of every manifest that a ledger has a run of. */
export function readManifestKeys(file: string, mode: OpenMode): string[] {
  const database = new Database(file, mode);
  try {
    return manifestKeys(database);
  } finally {
    database.close();
  }
}

/** The same of an open ledger. */
export function manifestKeys(database: Database): string[] {
  return Array.from(database.iterateJson(KEYS, []), (row) => textCell(cellsOf(row, 1)[0]));
}
