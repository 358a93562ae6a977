import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkHeader } from "../../../src/ledger/check-header.ts";
import { WholeReader } from "../../../src/ledger/whole-reader.ts";

/** What a ledger's tables hold of one folder of the library. */
export interface LedgerContents {
  /** Every id ever recorded: current and replaced. */
  ids: Set<string>;
  /** Names whose upload may have landed and is not settled. */
  unknownNames: Set<string>;
  /** Names of which an unknown upload was settled since: it may be on the server all the same. */
  settledNames: Set<string>;
  /** Ids recorded as possible duplicates, which the user allowed. */
  duplicateIds: Set<string>;
}

const IDS = "SELECT CAST(json_array(graphic_id, possible_duplicate) AS BLOB) FROM graphics";
const UNKNOWN = `
SELECT CAST(json_array(name, settled IS NOT NULL) AS BLOB) FROM items
WHERE status IN ('sending', 'unknown')`;

/**
 * Reads a copy of a ledger, so that looking changes nothing for the next run. None at all, as before the
 * first run could make one, holds nothing.
 */
export function readLedgerCopy(ledger: string): LedgerContents {
  const contents = {
    ids: new Set<string>(),
    unknownNames: new Set<string>(),
    settledNames: new Set<string>(),
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

function readTables(copy: string, contents: LedgerContents): void {
  const { ids, duplicateIds, unknownNames, settledNames } = contents;
  const reader = new WholeReader(copy, checkHeader(copy));
  try {
    const database = reader.databaseNow();
    for (const row of database.iterateJson(IDS, [])) {
      const [id, isDuplicate] = row as [string, number];
      ids.add(id);
      if (isDuplicate === 1) duplicateIds.add(id);
    }
    for (const row of database.iterateJson(UNKNOWN, [])) {
      const [name, isSettled] = row as [string, number];
      (isSettled === 1 ? settledNames : unknownNames).add(name);
    }
  } finally {
    reader.close();
  }
}
