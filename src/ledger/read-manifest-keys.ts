import { z } from "zod";
import { Database, type OpenMode } from "./database.ts";
import { parseRow } from "./read-recorded.ts";

const KEYS = "SELECT CAST(json_array(manifest) AS BLOB) FROM runs GROUP BY manifest";

/** The name of every manifest that a ledger has a run of. */
export function readManifestKeys(file: string, mode: OpenMode): string[] {
  const database = new Database(file, mode);
  try {
    return Array.from(
      database.iterateJson(KEYS, []),
      (row) => parseRow(z.tuple([z.string()]), row)[0],
    );
  } finally {
    database.close();
  }
}
