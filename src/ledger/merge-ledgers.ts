import { existsSync } from "node:fs";
import { z } from "zod";
import { mergeDocumentSchema } from "../report/ledger-documents.ts";
import { absorb, type Clash } from "./absorb.ts";
import type { LedgerContents } from "./contents.ts";
import type { Database } from "./database.ts";
import type { LedgerConflict, LedgerMerge, LedgerView, MergeOptions } from "./ledger.ts";
import { checkHeader, locate } from "./ledger-file.ts";
import { viewInMemory } from "./ledger-view.ts";
import { keepRunsOut, readFile, whileOpen } from "./read-ledger.ts";
import type { GroupCommit } from "./recorded-run.ts";
import { refusing, unreadable } from "./refusal.ts";
import { IS_ROW } from "./schema.ts";

const countsSchema = mergeDocumentSchema.shape.added;

type RecordCounts = LedgerMerge["added"];

const NOTHING: RecordCounts = { runs: 0, rows: 0, attempts: 0, graphics: 0, deletions: 0 };

/** Brings everything other ledgers know into one, in one transaction or not at all. */
export function mergeLedgers(
  { database, commits, file }: { database: Database; commits: GroupCommit; file: string },
  files: readonly string[],
  { manifest, onConflict }: MergeOptions,
): LedgerMerge {
  const sources = files.map((one) => readSource(one, { mayBeHeld: false }));
  return commits.commitNow(() => {
    database.exec("SAVEPOINT before_merge");
    const before = countRecords(database);
    const conflicts = absorbAll(database, file, sources, manifest);
    const isMerged = conflicts.length === 0 || onConflict === "latest";
    const added = isMerged ? difference(countRecords(database), before) : NOTHING;
    if (!isMerged) database.exec("ROLLBACK TO before_merge");
    database.exec("RELEASE before_merge");
    return { isMerged, added, conflicts };
  });
}

const shardSchema = z.object({ shard: z.string() });

/** The parts of a manifest, each as `K/N`, that a ledger knows runs of. */
export function shardsIn(file: string): string[] {
  return refusing(file, unreadable, () => {
    const path = locate(file);
    const sql = "SELECT DISTINCT shard FROM runs WHERE shard IS NOT NULL";
    return whileOpen(path, checkHeader(path), (database) =>
      database.all(shardSchema, sql).map(({ shard }) => shard),
    );
  });
}

/**
 * Reads several ledgers as if they were merged, also while runs hold them; nothing of them is changed. Where there
 * are conflicts the graphic uploaded last counts.
 */
export function readMergedLedgers(
  files: readonly string[],
  manifest: string,
): { view: LedgerView; conflicts: LedgerConflict[] } {
  const sources = files.map((file) => readSource(file, { mayBeHeld: true }));
  let conflicts: LedgerConflict[] = [];
  const view = viewInMemory(files.join(" + "), (database) => {
    conflicts = absorbAll(database, "", sources, manifest);
  });
  return { view, conflicts };
}

/** A ledger that is taken in. */
interface Source {
  /** The file itself. */
  file: string;
  contents: LedgerContents;
}

/**
 * Reads a ledger that is taken in. Throws a UserError as `readLedger` does, and unless it `mayBeHeld` `LEDGER_LOCKED`
 * while a run holds it: the uploads under way would be taken for unknown.
 */
function readSource(file: string, { mayBeHeld }: { mayBeHeld: boolean }): Source {
  return refusing(file, unreadable, () => {
    const path = locate(file);
    const header = checkHeader(path);
    // Where no run ever was, none shall leave a lock.
    const lock = mayBeHeld || !existsSync(`${path}.lock`) ? undefined : keepRunsOut(path);
    try {
      return { file: path, contents: readFile(path, header) };
    } finally {
      lock?.release();
    }
  });
}

/** Takes ledgers in, one after the other; part of the caller's transaction. Gives every conflict, each once. */
function absorbAll(
  database: Database,
  file: string,
  sources: readonly Source[],
  manifest: string,
): LedgerConflict[] {
  const lastOwnId = database.first(idSchema, "SELECT coalesce(max(id), 0) AS id FROM attempts");
  return sources.flatMap((source, index) => {
    const clashes = absorb(database, source.contents, manifest);
    const holderOf = ({ id, graphicId }: Clash["ours"]) => {
      if (id <= (lastOwnId?.id ?? 0)) return file;
      return sources.slice(0, index).find(({ contents }) => holds(contents, graphicId))?.file ?? "";
    };
    return clashes.map(({ ours, theirs, ...place }) => {
      const graphics = [
        { graphicId: ours.graphicId, uploadedAt: ours.uploadedAt, ledger: holderOf(ours) },
        { ...theirs, ledger: source.file },
      ];
      return { ...place, graphics };
    });
  });
}

const idSchema = z.object({ id: z.int() });

function holds({ attempts }: LedgerContents, graphicId: string): boolean {
  return attempts.some((one) => one.graphic_id === graphicId && one.state !== null);
}

const COUNTS = `
SELECT (SELECT count(*) FROM runs) AS runs,
  (SELECT count(*) FROM (SELECT DISTINCT run_id, folder, name FROM attempts WHERE ${IS_ROW})) AS rows,
  (SELECT count(*) FROM attempts WHERE kind = 'upload' AND started_at IS NOT NULL) AS attempts,
  (SELECT count(*) FROM attempts WHERE state IS NOT NULL) AS graphics,
  (SELECT count(*) FROM attempts WHERE kind = 'delete' AND started_at IS NOT NULL) AS deletions`;

function countRecords(database: Database): RecordCounts {
  return database.all(countsSchema, COUNTS)[0] ?? NOTHING;
}

function difference(after: RecordCounts, before: RecordCounts): RecordCounts {
  const more = { ...NOTHING };
  for (const what of countsSchema.keyof().options) more[what] = after[what] - before[what];
  return more;
}
