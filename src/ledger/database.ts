import { isUtf8 } from "node:buffer";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type Libsql from "libsql";

/** What a statement takes; the driver aborts the process on any other type. */
export type Value = string | number | null;

/** Result codes by number (SQLite, Result and Error Codes), for the driver names only some extended ones. */
const PRIMARY_CODES: Record<number, string> = {
  5: "SQLITE_BUSY",
  8: "SQLITE_READONLY",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  14: "SQLITE_CANTOPEN",
};

/** SQLite refused or could not do something. */
export class DatabaseFault extends Error {
  /** SQLite's result code by name, e.g. `SQLITE_FULL` or `SQLITE_IOERR_WRITE`; begins with the primary code. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DatabaseFault";
    this.code = code;
  }
}

/** Lets a connection keep up to 16 MiB of pages, where the default is 2 MB; 64 are no faster with a million graphics. */
export const LARGE_CACHE = "PRAGMA cache_size = -16384";

/** In place of a file: a database in this process's memory alone. */
export const IN_MEMORY = ":memory:";

/** `rwc` creates the file; the others want it to exist. `immutable` reads without a lock. */
export type OpenMode = "immutable" | "ro" | "rw" | "rwc";

/**
 * One connection to an SQLite file. This is the only file that names the driver, and it loads the driver
 * with the first connection. Every failure is a `DatabaseFault`.
 *
 * A connection that has prepared statements is truly closed only when they are collected as garbage:
 * `exec` prepares nothing that stays, so whoever must be sure that a file is let go uses `exec` alone.
 */
export class Database {
  readonly #connection: Libsql.Database;
  readonly #statements = new Map<string, Libsql.Statement>();

  constructor(file: string, mode: OpenMode) {
    this.#connection = connect(uriOf(file, mode));
  }

  /** Runs statements whose rows nobody wants. */
  exec(sql: string): void {
    guard(() => this.#connection.exec(sql));
  }

  /** Runs one statement that changes something. */
  run(sql: string, values: readonly Value[]): { changes: number; rowId: number } {
    return guard(() => {
      const { changes, lastInsertRowid } = this.#prepare(sql).run(values);
      return { changes, rowId: Number(lastInsertRowid) };
    });
  }

  /** The first row's one column, which must be JSON as a blob; undefined when there is no row. */
  getJson(sql: string, values: readonly Value[]): unknown {
    const row = guard(() => this.#prepare(sql).raw().get(values));
    return row === undefined ? undefined : decodeJson(row);
  }

  /** The first row's one column, which must be a blob; undefined when there is no row. */
  getBlob(sql: string, values: readonly Value[]): Buffer | undefined {
    const row: unknown = guard(() => this.#prepare(sql).raw().get(values));
    const cell: unknown = Array.isArray(row) ? row[0] : undefined;
    return Buffer.isBuffer(cell) ? cell : undefined;
  }

  /** As `getJson`, of every row. */
  *iterateJson(sql: string, values: readonly Value[]): Generator<unknown> {
    const rows = guard(() => this.#prepare(sql).raw().iterate(values));
    for (;;) {
      const next = guard(() => rows.next());
      if (next.done) return;
      yield decodeJson(next.value);
    }
  }

  /**
   * Makes the tables of another file readable as `schema.table`, until `detach`; not inside a transaction. Use
   * `exec` alone on them: a statement that was prepared would keep the file.
   */
  attach(file: string, mode: OpenMode, schema: string): void {
    this.exec(`ATTACH '${uriOf(file, mode).replaceAll("'", "''")}' AS ${schema}`);
  }

  detach(schema: string): void {
    this.exec(`DETACH ${schema}`);
  }

  close(): void {
    this.#statements.clear();
    guard(() => this.#connection.close());
  }

  #prepare(sql: string): Libsql.Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/**
 * Rows are read as blobs because the driver aborts the process on text that is not UTF-8, as a damaged file
 * may hold; and as JSON because one cell a row is several times faster than one a column.
 */
function decodeJson(row: unknown): unknown {
  const cell: unknown = Array.isArray(row) ? row[0] : undefined;
  if (!Buffer.isBuffer(cell) || !isUtf8(cell)) {
    throw new DatabaseFault("SQLITE_CORRUPT", "a row holds text that is not UTF-8");
  }
  try {
    return JSON.parse(cell.toString("utf8"));
  } catch (cause) {
    throw new DatabaseFault("SQLITE_CORRUPT", "a row cannot be read", { cause });
  }
}

function uriOf(file: string, mode: OpenMode): string {
  if (file === IN_MEMORY) return IN_MEMORY;
  const query = mode === "immutable" ? "mode=ro&immutable=1" : `mode=${mode}`;
  return `${pathToFileURL(file).href}?${query}`;
}

function connect(uri: string): Libsql.Database {
  const load = createRequire(import.meta.url);
  const driver: typeof Libsql = load("libsql");
  try {
    return new driver(uri);
  } catch (cause) {
    throw new DatabaseFault("SQLITE_CANTOPEN", "unable to open database file", { cause });
  }
}

function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw toFault(cause);
  }
}

function toFault(cause: unknown): unknown {
  if (!(cause instanceof Error) || !("code" in cause) || typeof cause.code !== "string")
    return cause;
  const number = "rawCode" in cause && typeof cause.rawCode === "number" ? cause.rawCode : 0;
  // An extended code holds its primary code in the lowest byte.
  const primary = PRIMARY_CODES[number & 0xff];
  const code = primary && !cause.code.startsWith(primary) ? `${primary} (${number})` : cause.code;
  return new DatabaseFault(code, cause.message, { cause });
}
