import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, parse } from "node:path";
import { z } from "zod";
import { groupBy } from "../manifest/group-by.ts";
import {
  type AttemptRow,
  holderSchema,
  type LedgerContents,
  readContents,
  readRunsOfFormat1,
  writeContents,
} from "./contents.ts";
import { Database } from "./database.ts";
import { DatabaseFault, IN_MEMORY } from "./driver.ts";
import {
  attemptSchema,
  deletionRow,
  deletionSchema,
  finder,
  graphicSchema,
  itemSchema,
  type Migrated,
  type ProgressRecord,
  recordSchema,
  rowsOf,
  type Sharer,
  withResolved,
} from "./format-1-rows.ts";
import { type LedgerHeader, makeTables } from "./ledger-file.ts";
import { syncFile, syncFolder } from "./ledger-folder.ts";
import { endSharers } from "./planned-runs.ts";
import { endUpload, insertRetry } from "./write-attempts.ts";

/** Longer than a reader keeps the file. */
const ONE_FILE = `
PRAGMA busy_timeout = 30000;
PRAGMA synchronous = FULL;
PRAGMA wal_checkpoint(TRUNCATE);
PRAGMA journal_mode = DELETE`;

/**
 * Keeps a ledger of format 1 as it was, durably, in a file beside it: `ledger.v1.db`. Call it with the lock held,
 * before the ledger is made anew in today's format. The ledger itself stays usable throughout.
 */
export function keepFormat1(file: string, { lacksLog }: LedgerHeader): void {
  // A log that stayed beside the new file would be taken for the new file's own.
  if (!lacksLog) bringToOneFile(file);
  // That is how version 0.1 knew its ledger again.
  rmSync(`${file}.seal`, { force: true });
  const kept = nameFor(file);
  if (kept === undefined) return;
  copyFileSync(file, `${kept}.new`);
  syncFile(`${kept}.new`);
  renameSync(`${kept}.new`, kept);
  syncFolder(dirname(file));
}

/** With `exec` alone, so that the file is surely let go. */
function bringToOneFile(file: string): void {
  const database = new Database(file, "rw");
  try {
    database.exec(ONE_FILE);
  } finally {
    database.close();
  }
}

/** The first name that is free; undefined where this very file is kept already, by a run that was killed then. */
function nameFor(file: string): string | undefined {
  const { dir, name, ext } = parse(file);
  const bytes = readFileSync(file);
  for (let count = 1; ; count += 1) {
    const kept = `${dir}/${name}.v1${count === 1 ? "" : `-${count}`}${ext}`;
    if (!existsSync(kept)) return kept;
    if (readFileSync(kept).equals(bytes)) return undefined;
  }
}

/** Whoever held the ledger last had begun the last run. */
const HOLDER = "SELECT user, machine, pid, since, (SELECT max(id) FROM runs) AS run_id FROM holder";

/**
 * Reads a ledger of format 1, that of version 0.1, as what it would be today. It had a table each for rows of manifests
 * (`items`), their POSTs (`attempts`), ids (`graphics`) and DELETEs (`deletions`), and what a run did stood in
 * `progress` until it was brought into those.
 */
export function readFormat1(database: Database): LedgerContents {
  const all = <S extends z.ZodObject>(schema: S, table: string) =>
    database.all(schema, `SELECT ${Object.keys(schema.shape)} FROM ${table} ORDER BY id`);
  const runs = readRunsOfFormat1(database);
  const runOf = finder(runs, ({ id }) => id);
  const graphics = all(graphicSchema, "graphics");
  const graphicsOf = groupBy(graphics, ({ item_id }) => item_id);
  const attemptsOf = groupBy(all(attemptSchema, "attempts"), ({ item_id }) => item_id);
  const rows = all(itemSchema, "items").map((item) => {
    const run = runOf(item.run_id);
    const attempts = attemptsOf.get(item.id) ?? [];
    return { item, run, rows: rowsOf(item, run, attempts, graphicsOf.get(item.id) ?? []) };
  });
  const placeOf = new Map(graphics.map((graphic) => [graphic.graphic_id, graphic]));
  const deletions = all(deletionSchema, "deletions").map((deletion) => {
    return { row: deletionRow(deletion, placeOf.get(deletion.graphic_id)) };
  });
  const resolved = graphics.filter(({ source }) => source === "resolved");
  const migrated: Migrated[] = [...withResolved(rows, resolved), ...deletions];
  for (const [index, { row }] of migrated.entries()) row.id = index + 1;
  const attempts = migrated.map(({ row }) => row);
  const contents = { runs, attempts, holder: database.first(holderSchema, HOLDER) };
  return replayProgress(database, contents, migrated);
}

/**
 * Adds what a killed run of version 0.1 left in `progress`, by doing it over again: in memory, in a ledger of today.
 * `migrated` are the contents' attempts and what each was made of.
 */
function replayProgress(
  old: Database,
  contents: LedgerContents,
  migrated: readonly Migrated[],
): LedgerContents {
  const records = readProgress(old);
  if (records.length === 0) return contents;
  const database = new Database(IN_MEMORY, "rwc");
  try {
    makeTables(database, () => {
      writeContents(database, contents);
      const replay = new Replay(database, migrated);
      for (const record of records) replay.add(record);
    });
    return readContents(database);
  } finally {
    database.close();
  }
}

const rowSchema = z.object({ records: z.string() });

function readProgress(database: Database): ProgressRecord[] {
  const rows = database.all(rowSchema, "SELECT records FROM progress ORDER BY id");
  const parsed = z.array(recordSchema).safeParse(rows.flatMap(({ records }) => parseJson(records)));
  if (parsed.success) return parsed.data;
  throw new DatabaseFault("SQLITE_CORRUPT", "a row does not hold what it should");
}

function parseJson(records: string): unknown {
  try {
    return JSON.parse(records);
  } catch (cause) {
    throw new DatabaseFault("SQLITE_CORRUPT", "a row cannot be read", { cause });
  }
}

type OutcomeRecord = Extract<ProgressRecord, { kind: "outcome" }>;

class Replay {
  readonly #database: Database;
  readonly #rows: AttemptRow[];
  /** The latest attempt of an item, and whether it is used up. */
  readonly #latest = new Map<number, { attemptId: number; row: AttemptRow; isTried: boolean }>();
  /** Today's id of an attempt. */
  readonly #attemptIds = new Map<number, number>();

  constructor(database: Database, migrated: readonly Migrated[]) {
    this.#database = database;
    this.#rows = migrated.map(({ row }) => row);
    for (const { row, itemId, attemptId } of migrated) {
      const isTried = row.started_at !== null || row.result !== null;
      if (itemId !== undefined) this.#latest.set(itemId, { attemptId: row.id, row, isTried });
      if (attemptId !== undefined) this.#attemptIds.set(attemptId, row.id);
    }
  }

  add(record: ProgressRecord): void {
    if (record.kind === "outcome") {
      this.#end(record);
      return;
    }
    const next = this.#nextAttempt(record.itemId);
    if (record.kind === "intent") {
      this.#attemptIds.set(record.attemptId, next);
      const { number, startedAt: started_at } = record;
      this.#database.update("attempts", next, { number, started_at });
    } else {
      const result = record.status === "failed" ? "failed" : null;
      this.#database.update("attempts", next, { result, message: record.error });
    }
  }

  #end({ attemptId, itemId, outcome, former, sharers }: OutcomeRecord): void {
    const { row } = this.#find(itemId);
    const id = this.#attemptIds.get(attemptId);
    if (id === undefined) throw new DatabaseFault("SQLITE_CORRUPT", "an answer has no attempt");
    endUpload(this.#database, row, { ...row, replaces: former }, id, outcome);
    const line = sharers?.line ?? 0;
    const rows = (sharers?.rows ?? []).map((sharer) => {
      const place = { ...sharer, replaces: sharer.former };
      return { place, attemptId: this.#shareOf(row.run_id, sharer) };
    });
    endSharers(this.#database, row, line, rows, outcome);
  }

  #nextAttempt(itemId: number): number {
    const latest = this.#find(itemId);
    if (latest.isTried) latest.attemptId = insertRetry(this.#database, latest.attemptId);
    latest.isTried = true;
    return latest.attemptId;
  }

  #find(itemId: number) {
    const latest = this.#latest.get(itemId);
    if (!latest) throw new DatabaseFault("SQLITE_CORRUPT", "a row belongs to none");
    return latest;
  }

  /** A row that waits for another's id looks like any other until it has it. */
  #shareOf(runId: number, { folder, name }: Sharer): number {
    const row = this.#rows.find(
      (one) => one.run_id === runId && one.folder === folder && one.name === name,
    );
    if (!row) throw new DatabaseFault("SQLITE_CORRUPT", "a row belongs to none");
    this.#database.run("UPDATE attempts SET kind = 'share' WHERE id = ?", [row.id]);
    return row.id;
  }
}
