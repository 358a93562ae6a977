import { z } from "zod";
import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import { ABSORB_GRAPHICS, CLASHES, SETTLE_GRAPHICS } from "./absorb-graphics.ts";
import { ABSORB_RECORDS } from "./absorb-records.ts";
import type { Database } from "./database.ts";
import { parseRow } from "./read-recorded.ts";

/** Two ledgers that each have a current graphic of their own at one address. */
export interface Clash extends TargetKey, FolderAndName {
  ours: ClashingGraphic;
  theirs: ClashingGraphic;
}

export interface ClashingGraphic {
  graphicId: string;
  /** ISO 8601. */
  uploadedAt: string;
}

const text = z.string();
const clashSchema = z.tuple([text, text, text, text, text, text, text, text]);

/** The name under which `absorb` finds the other ledger's tables. */
export const OTHER = "other";

const TEMPORARY = [
  "manifest_keys",
  "run_ids",
  "item_ids",
  "gone",
  "graphic_ids",
  "claims",
  "clashes",
  "clashing_addresses",
];

/**
 * Brings everything the ledger attached as `OTHER` knows into this one; part of the caller's transaction. Runs are
 * told apart by their uid; of a row, an attempt or a graphic that both know the later state stays, so that doing
 * it again changes nothing and any order gives the same. No id is dropped: of two current graphics at one
 * address, the clashes it gives, the one uploaded later is current and the other `replaced`.
 *
 * `manifestKeys` gives the name here of a manifest that the other ledger calls something else.
 */
export function absorb(
  database: Database,
  manifestKeys: ReadonlyMap<string, string> = new Map(),
): Clash[] {
  database.exec("CREATE TEMP TABLE manifest_keys (theirs TEXT PRIMARY KEY, ours TEXT NOT NULL)");
  for (const pair of manifestKeys) {
    database.run("INSERT INTO temp.manifest_keys VALUES (?, ?)", pair);
  }
  database.exec(ABSORB_RECORDS);
  database.exec(ABSORB_GRAPHICS);
  const clashes = Array.from(database.iterateJson(CLASHES, []), toClash);
  database.exec(SETTLE_GRAPHICS);
  for (const table of TEMPORARY) database.exec(`DROP TABLE temp.${table}`);
  return clashes;
}

function toClash(row: unknown): Clash {
  const [service, library, folder, name, ourId, ourTime, theirId, theirTime] = parseRow(
    clashSchema,
    row,
  );
  const ours = { graphicId: ourId, uploadedAt: ourTime };
  const theirs = { graphicId: theirId, uploadedAt: theirTime };
  return { service, library, folder, name, ours, theirs };
}
