import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkHeader } from "../../../src/ledger/check-header.ts";
import { openForReading } from "../../../src/ledger/open-for-reading.ts";

/** What a ledger's tables hold of one folder of the library. */
export interface LedgerContents {
  /** Every id ever recorded: current and replaced. */
  ids: Set<string>;
  /** Names whose upload may have landed and is not settled. */
  unknownNames: Set<string>;
  /** Ids recorded as possible duplicates, which the user allowed. */
  duplicateIds: Set<string>;
}

const IDS = "SELECT CAST(json_array(graphic_id, possible_duplicate) AS BLOB) FROM graphics";
const UNKNOWN = `
SELECT CAST(json_array(name) AS BLOB) FROM items
WHERE status IN ('sending', 'unknown') AND settled IS NULL`;

/**
 * Reads a copy of a ledger, so that looking changes nothing for the next run. None at all, as before the
 * first run could make one, holds nothing.
 */
export function readLedgerCopy(ledger: string): LedgerContents {
  const contents = {
    ids: new Set<string>(),
    unknownNames: new Set<string>(),
    duplicateIds: new Set<string>(),
  };
  if (!existsSync(ledger)) return contents;
  const folder = mkdtempSync(join(tmpdir(), "qgfx-copy-"));
  try {
    const copy = join(folder, "ledger.db");
    mkdirSync(folder, { recursive: true });
    for (const suffix of ["", "-wal", "-journal"]) {
      if (existsSync(ledger + suffix)) copyFileSync(ledger + suffix, copy + suffix);
    }
    readTables(copy, contents);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return contents;
}

function readTables(copy: string, { ids, unknownNames, duplicateIds }: LedgerContents): void {
  const database = openForReading(copy, checkHeader(copy));
  try {
    for (const row of database.iterateJson(IDS, [])) {
      const [id, isDuplicate] = row as [string, number];
      ids.add(id);
      if (isDuplicate === 1) duplicateIds.add(id);
    }
    for (const row of database.iterateJson(UNKNOWN, [])) unknownNames.add((row as [string])[0]);
  } finally {
    database.close();
  }
}
