import { z } from "zod";
import { type AttemptRow, type LedgerContents, readContents, writeContents } from "./contents.ts";
import { makeTables } from "./create-ledger.ts";
import { Database } from "./database.ts";
import { DatabaseFault, IN_MEMORY } from "./driver.ts";
import { endSharers } from "./upload-run.ts";
import { beginAttempt, endUnsent, endUpload, insertRetry } from "./write-attempts.ts";

const text = z.string();
const orNull = text.nullable();
const id = z.int().positive();

const formerSchema = z.object({ folder: text, name: text, graphicId: text });
const sharerSchema = z.object({ folder: text, name: text, former: formerSchema.optional() });

const recordSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("intent"), attemptId: id, itemId: id, number: id, startedAt: text }),
  z.object({
    kind: z.literal("outcome"),
    attemptId: id,
    itemId: id,
    outcome: z.object({
      result: z.enum(["uploaded", "refused", "not-sent", "failed", "unknown"]),
      graphicId: orNull,
      url: orNull,
      httpStatus: z.int().nullable(),
      errorCode: orNull,
      message: orNull,
      requestId: orNull,
      finishedAt: text,
    }),
    former: formerSchema.optional(),
    sharers: z.object({ line: id, rows: z.array(sharerSchema) }).optional(),
  }),
  z.object({
    kind: z.literal("unsent"),
    itemId: id,
    status: z.enum(["failed", "not-run"]),
    error: text,
  }),
]);

/** A row of today and what it was made of. */
export interface Migrated {
  row: AttemptRow;
  itemId?: number;
  attemptId?: number;
}

type ProgressRecord = z.infer<typeof recordSchema>;
type OutcomeRecord = Extract<ProgressRecord, { kind: "outcome" }>;

/**
 * Adds what a killed run of version 0.1 left in `progress`, by doing it over again: in memory, in a ledger of today.
 * `migrated` are the contents' attempts and what each was made of.
 */
export function replayProgress(
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

const rowSchema = z.object({ records: text });

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
      beginAttempt(this.#database, next, record.number, record.startedAt);
    } else {
      const result = record.status === "failed" ? "failed" : null;
      endUnsent(this.#database, next, result, record.error);
    }
  }

  #end({ attemptId, itemId, outcome, former, sharers }: OutcomeRecord): void {
    const { row } = this.#find(itemId);
    const id = this.#attemptIds.get(attemptId);
    if (id === undefined) throw new DatabaseFault("SQLITE_CORRUPT", "an answer has no attempt");
    endUpload(this.#database, row, { ...row, ...replacing(former) }, id, outcome);
    const line = sharers?.line ?? 0;
    const rows = (sharers?.rows ?? []).map((sharer) => {
      const place = { ...sharer, ...replacing(sharer.former) };
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
  #shareOf(runId: number, { folder, name }: z.infer<typeof sharerSchema>): number {
    const row = this.#rows.find(
      (one) => one.run_id === runId && one.folder === folder && one.name === name,
    );
    if (!row) throw new DatabaseFault("SQLITE_CORRUPT", "a row belongs to none");
    this.#database.run("UPDATE attempts SET kind = 'share' WHERE id = ?", [row.id]);
    return row.id;
  }
}

function replacing(former: z.infer<typeof formerSchema> | undefined) {
  return { replaces: former };
}
