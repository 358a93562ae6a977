import { isUtf8 } from "node:buffer";
import { rmSync } from "node:fs";
import { z } from "zod";
import {
  type Connection,
  connect,
  DatabaseFault,
  type OpenMode,
  type Statement,
  toFault,
  type Value,
} from "./driver.ts";

/** Rows read with one call of the driver: calls cost more than rows. */
const PAGE_ROWS = 4_096;

type Table = "runs" | "attempts" | "holder";
/** By the names of its columns, which come from us alone; undefined is null. */
type Row = Readonly<Record<string, Value | undefined>>;
/** `order`: which of the values each parameter takes. */
type Prepared = { statement: Statement; order: readonly number[] };

/**
 * One connection to an SQLite file. Every failure is a `DatabaseFault`.
 *
 * With libsql, a connection that has run anything but `exec` is truly closed only when its garbage is collected: until
 * then it keeps another connection from leaving WAL mode.
 */
export class Database {
  readonly #connection: Connection;
  readonly #statements = new Map<string, Prepared>();
  readonly #afterClose: (() => void)[] = [];
  #isOpen = true;

  constructor(file: string, mode: OpenMode) {
    this.#connection = guard(() => connect(file, mode));
    // Whoever made the file may have put functions into its schema: none of them runs.
    this.exec("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = OFF");
  }

  /** Runs statements whose rows nobody wants. */
  exec(sql: string): void {
    guard(() => this.#connection.exec(sql));
  }

  /** Runs one statement that changes something; gives how many rows it changed and the last new row's id. */
  run(sql: string, values: readonly Value[] = []): { changes: number; rowId: number } {
    return guard(() => {
      const { statement, order } = this.#prepare(sql);
      const { changes, lastInsertRowid } = statement.run(...order.map((at) => values[at] ?? null));
      return { changes: Number(changes), rowId: Number(lastInsertRowid) };
    });
  }

  /** Adds a row; what is not given is null or has its default. Returns its id. */
  insert(table: Table, row: Row): number {
    const columns = Object.keys(row);
    const places = columns.map(() => "?").join();
    const sql = `INSERT INTO ${table} (${columns.join()}) VALUES (${places})`;
    return this.run(sql, valuesOf(row)).rowId;
  }

  /** Changes some columns of the row with an id. */
  update(table: Table, id: number, changes: Row): void {
    const columns = Object.keys(changes).map((column) => `${column} = ?`);
    const sql = `UPDATE ${table} SET ${columns.join()} WHERE id = ?`;
    this.run(sql, [...valuesOf(changes), id]);
  }

  /** Every row of a SELECT whose columns are the schema's keys; each is checked. */
  all<S extends z.ZodObject>(schema: S, sql: string, values: readonly Value[] = []): z.infer<S>[] {
    const parsed = z.array(schema).safeParse(this.#rows(schema, sql, values));
    if (parsed.success) return parsed.data;
    throw new DatabaseFault("SQLITE_CORRUPT", "a row does not hold what it should");
  }

  /**
   * The same of many rows, in the order of a column that is first in the schema and tells them apart, and a page at a
   * time: the text of 100,000 is never in memory as a whole. `sql` ends in a condition; where the column is not what an
   * index gives, the table is to be NOT INDEXED, or each page is sorted anew. Nothing is checked: of a ledger that was
   * when it was opened, the types of a STRICT table are what the schema says.
   */
  *each<S extends z.ZodObject>(
    schema: S,
    column: string,
    sql: string,
    values: readonly Value[],
  ): Generator<z.infer<S>> {
    const [key = column] = Object.keys(schema.shape);
    const order = `ORDER BY ${column} LIMIT ${PAGE_ROWS}`;
    const after = `${sql} AND ${column} > ? ${order}`;
    let rows = this.#rows(schema, `${sql} ${order}`, values);
    while (true) {
      yield* rows;
      const last = rows[PAGE_ROWS - 1];
      if (!last) return;
      rows = this.#rows(schema, after, [...values, last[key] as Value]);
    }
  }

  /**
   * They come as one JSON text in a blob, which is faster than a call for each row, and safe: libsql aborts the process
   * on text that is not UTF-8, as a damaged file may hold, and node:sqlite of Node 22 cuts text at a NUL.
   */
  #rows<S extends z.ZodObject>(schema: S, sql: string, values: readonly Value[]): z.infer<S>[] {
    const members = Object.keys(schema.shape).map((key) => `'${key}', "${key}"`);
    const row = `json_object(${members.join(", ")})`;
    const bytes = this.bytes(`SELECT CAST(json_group_array(${row}) AS BLOB) FROM (${sql})`, values);
    return parseJson(bytes);
  }

  /** The first row of a SELECT, as `all` gives it. */
  first<S extends z.ZodObject>(
    schema: S,
    sql: string,
    values: readonly Value[] = [],
  ): z.infer<S> | undefined {
    return this.all(schema, `${sql} LIMIT 1`, values)[0];
  }

  /** Whether a SELECT has any row. */
  has(sql: string, values: readonly Value[] = []): boolean {
    return this.#cell(`SELECT EXISTS (${sql})`, values) === 1;
  }

  /** The one column of the first row, which must be a blob; empty where there is no row. */
  bytes(sql: string, values: readonly Value[] = []): Buffer {
    const cell = this.#cell(sql, values);
    if (!(cell instanceof Uint8Array)) return Buffer.alloc(0);
    return Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength);
  }

  /** The first row's first column. */
  #cell(sql: string, values: readonly Value[]): unknown {
    return guard(() => {
      const { statement, order } = this.#prepare(sql);
      return Object.values(statement.get(...order.map((at) => values[at] ?? null)) ?? {})[0];
    });
  }

  /** Brings all that is in the write-ahead log into the file itself, durably; false while readers are in the way. */
  checkpoint(): boolean {
    return this.#cell("PRAGMA wal_checkpoint(FULL)", []) === 0;
  }

  /** Runs `work` in a transaction of its own; undone where it throws. */
  transaction<T>(work: () => T): T {
    this.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.exec("COMMIT");
      return result;
    } catch (cause) {
      try {
        this.exec("ROLLBACK");
      } catch {
        // SQLite has rolled back itself, or cannot: either way the transaction is not committed.
      }
      throw cause;
    }
  }

  /** Has something done once the file is let go. */
  onClose(work: () => void): void {
    this.#afterClose.push(work);
  }

  /** May be called more than once. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#statements.clear();
    guard(() => this.#connection.close());
    for (const work of this.#afterClose) work();
  }

  /**
   * Makes `?1` a plain `?` and notes which value goes there: Node 22.13 to 22.18, 23 and 24.0 cannot bind numbered
   * parameters.
   */
  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known) return known;
    const order: number[] = [];
    const text = sql.replace(/\?(\d*)/g, (_found, number: string) => {
      // As SQLite has it, one without a number comes after the largest so far.
      order.push(number === "" ? Math.max(-1, ...order) + 1 : Number(number) - 1);
      return "?";
    });
    const prepared = { statement: this.#connection.prepare(text), order };
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

function valuesOf(row: Row): Value[] {
  return Object.values(row).map((value) => value ?? null);
}

function parseJson<Row>(bytes: Buffer): Row[] {
  if (!isUtf8(bytes)) {
    throw new DatabaseFault("SQLITE_CORRUPT", "a row holds text that is not UTF-8");
  }
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new DatabaseFault("SQLITE_CORRUPT", "a row cannot be read", { cause });
  }
}

function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw toFault(cause);
  }
}

/**
 * Whether the drive that a file lies on offers locks: SQLite says of one that does not what it says of a lock that
 * somebody else has. Tried on a file that nobody else knows; where that cannot be made, nothing is known against it.
 */
export function offersLocks(beside: string): boolean {
  const trial = `${beside}.trial-${process.pid}`;
  try {
    const database = new Database(trial, "rwc");
    try {
      database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; ROLLBACK");
      return true;
    } finally {
      database.close();
    }
  } catch (cause) {
    return !(cause instanceof DatabaseFault && cause.code.startsWith("SQLITE_BUSY"));
  } finally {
    rmSync(trial, { force: true });
  }
}
