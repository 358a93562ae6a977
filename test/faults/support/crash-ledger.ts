import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { checkHeader } from "../../../src/ledger/ledger-file.ts";
import { whileOpen } from "../../../src/ledger/read-ledger.ts";

/** What a ledger's tables hold of one folder of the library. */
export interface LedgerContents {
  /** Every id ever recorded: current and replaced. */
  ids: Set<string>;
  /** Names whose upload may have landed and is not settled. */
  unknownNames: Set<string>;
  /** Names of which an unknown upload was settled since: it may be on the server all the same. */
  settledNames: Set<string>;
  /** Ids whose deletion may have been carried out and is not settled. */
  doubtIds: Set<string>;
  /** Ids recorded as possible duplicates, which the user allowed. */
  duplicateIds: Set<string>;
}

const rowSchema = z.object({
  kind: z.string(),
  name: z.string(),
  graphicId: z.string().nullable(),
  isGraphic: z.int(),
  isDuplicate: z.int(),
  isUnanswered: z.int(),
  settled: z.string().nullable(),
});

const ROWS = `
SELECT kind, name, graphic_id AS graphicId, state IS NOT NULL AS isGraphic,
  possible_duplicate AS isDuplicate, settled,
  started_at IS NOT NULL AND (result IS NULL OR result = 'unknown') AS isUnanswered
FROM attempts`;

/**
 * Reads copies of ledgers together, so that looking changes nothing for the next run. One that is not there, as
 * before the first run could make it, holds nothing.
 */
export function readLedgerCopies(ledgers: readonly string[]): LedgerContents {
  const contents = {
    ids: new Set<string>(),
    unknownNames: new Set<string>(),
    settledNames: new Set<string>(),
    doubtIds: new Set<string>(),
    duplicateIds: new Set<string>(),
  };
  for (const ledger of ledgers) if (existsSync(ledger)) readCopy(ledger, contents);
  return contents;
}

function readCopy(ledger: string, contents: LedgerContents): void {
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
}

function readTables(copy: string, contents: LedgerContents): void {
  whileOpen(copy, checkHeader(copy), (database) => {
    for (const row of database.all(rowSchema, ROWS)) addRow(row, contents);
  });
}

function addRow(row: z.infer<typeof rowSchema>, contents: LedgerContents): void {
  const { ids, duplicateIds, doubtIds, unknownNames, settledNames } = contents;
  if (row.isGraphic === 1 && row.graphicId !== null) {
    ids.add(row.graphicId);
    if (row.isDuplicate === 1) duplicateIds.add(row.graphicId);
  }
  if (row.isUnanswered === 0) return;
  if (row.kind === "delete" && row.settled === null && row.graphicId !== null) {
    doubtIds.add(row.graphicId);
  }
  if (row.kind !== "upload") return;
  (row.settled === null ? unknownNames : settledNames).add(row.name);
}
