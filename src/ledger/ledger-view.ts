import type { FolderAndName, Graphic, PastRow, Recorded } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { PastRun } from "../report/past-run.ts";
import type { RowRecord } from "../report/row-record.ts";
import type { Database } from "./database.ts";
import { readPastRows } from "./read-history.ts";
import { countId, isIdKnown } from "./read-ids.ts";
import { readPastRuns } from "./read-past-runs.ts";
import { readGraphics, readRecorded } from "./read-recorded.ts";
import { rowRecordsReader } from "./read-row-records.ts";
import { hasOtherTargets, type LastRun, readLastRun, readRunUids } from "./read-runs.ts";
import { refusing, unreadable } from "./refusal.ts";

/**
 * What can be read from a ledger. Each method shows what is durable at that moment and throws a UserError
 * (`LEDGER_DAMAGED`, `LEDGER_UNREADABLE`) when the file does not give it. `manifest` is the manifest's name
 * as `startRun` was given it.
 */
export interface LedgerView {
  /** What the planner needs to know of a library. */
  recorded(target: TargetKey, manifest: string): Recorded;
  /** The manifest's latest run; undefined when there was none. */
  lastRun(manifest: string): LastRun | undefined;
  /** What the results CSV says of an address; see `rowRecordsReader`. */
  rowRecords(target: TargetKey, manifest: string): (place: FolderAndName) => RowRecord;
  /** The same of many addresses at once, in their order: a tenth of the time for each. */
  manyRowRecords(
    target: TargetKey,
    manifest: string,
  ): (places: readonly FolderAndName[]) => RowRecord[];
  /** Whether a graphic id was ever recorded, here or in any other library. */
  knowsId(graphicId: string): boolean;
  /** Whether anything at all is recorded of other libraries; at once, unlike `knowsElsewhere` of many ids. */
  hasOtherTargets(target: TargetKey): boolean;
  /** Whether a graphic id is recorded in other libraries only. */
  knowsElsewhere(target: TargetKey, graphicId: string): boolean;
  /** What each run did about one address, oldest first. */
  pastRows(target: TargetKey, place: FolderAndName): PastRow[];
  /** Every graphic that was ever recorded of a library, in the order it was recorded at its address. */
  graphics(target: TargetKey, manifest: string): Graphic[];
  /** A manifest's runs, oldest first. */
  pastRuns(manifest: string): PastRun[];
  /** What tells a manifest's runs from those of every other ledger. */
  runUids(manifest: string): string[];
  close(): void;
}

/**
 * The reading half of a ledger; `close` is the caller's. `databaseNow` gives the database in which everything
 * that is durable at that moment can be read.
 */
export function viewOf(file: string, databaseNow: () => Database): Omit<LedgerView, "close"> {
  const reading = <T>(read: (database: Database) => T): T =>
    refusing(file, unreadable, () => read(databaseNow()));
  return {
    recorded: (target, manifest) => reading((database) => readRecorded(database, target, manifest)),
    lastRun: (manifest) => reading((database) => readLastRun(database, manifest)),
    rowRecords(target, manifest) {
      const read = reading((database) => rowRecordsReader(database, target, manifest));
      return (place) => reading(() => onlyOf(read([place])));
    },
    manyRowRecords(target, manifest) {
      const read = reading((database) => rowRecordsReader(database, target, manifest));
      return (places) => reading(() => read(places));
    },
    knowsId: (graphicId) => reading((database) => isIdKnown(database, graphicId)),
    hasOtherTargets: (target) => reading((database) => hasOtherTargets(database, target)),
    knowsElsewhere: (target, graphicId) =>
      reading((database) => {
        const { total, here } = countId(database, target, graphicId);
        return total > 0 && here === 0;
      }),
    pastRows: (target, place) => reading((database) => readPastRows(database, target, place)),
    graphics: (target, manifest) => reading((database) => readGraphics(database, target, manifest)),
    pastRuns: (manifest) => reading((database) => readPastRuns(database, manifest)),
    runUids: (manifest) => reading((database) => readRunUids(database, manifest)),
  };
}

function onlyOf([record]: readonly RowRecord[]): RowRecord {
  if (!record) throw new Error("one place has no record");
  return record;
}
