import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { UserError } from "../user-error.ts";

/** What a statement takes; libsql aborts the process on any other type. */
export type Value = string | number | null;

/** SQLite refused or could not do something. */
export class DatabaseFault extends Error {
  /** SQLite's result code by name, e.g. `SQLITE_FULL` or `SQLITE_IOERR (1034)`; begins with the primary code. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DatabaseFault";
    this.code = code;
  }
}

/** In place of a file: a database in this process's memory alone. */
export const IN_MEMORY = ":memory:";

/** `rwc` creates the file; the others want it to exist. */
export type OpenMode = "ro" | "rw" | "rwc";

/** Of a prepared statement, what both drivers offer. libsql takes a null that is the only value for an object of names. */
export interface Statement {
  run(...values: Value[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  /** The first row by the names of its columns, in their order; the driver may add what is its own behind them. */
  get(...values: Value[]): Record<string, unknown> | undefined;
}

/** Of an open database, what both drivers offer. */
export interface Connection {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

type NodeDriver = new (file: string, options: { readOnly: boolean }) => Connection;

type LibsqlDriver = new (uri: string) => Connection;

/** Opens a file, or `IN_MEMORY`, with the driver that was chosen. */
type Open = (file: string, mode: OpenMode) => Connection;

let chosen: Open | undefined;

/** Node's own SQLite where there is one, else libsql. `QGFX_SQLITE`, `node` or `libsql`, chooses one for tests. */
export function connect(file: string, mode: OpenMode): Connection {
  chosen ??= chooseDriver(process.env.QGFX_SQLITE);
  return chosen(file, mode);
}

function chooseDriver(wanted: string | undefined): Open {
  const driver = wanted === "libsql" ? undefined : loadNodeDriver();
  if (driver) return (file, mode) => openWithNode(driver, file, mode);
  if (wanted === "node") throw noDriver(undefined);
  const libsql = loadLibsql();
  return (file, mode) => openWithLibsql(libsql, file, mode);
}

/** Undefined before Node 22.13. Node warns that it is experimental; that is no concern of the user's. */
function loadNodeDriver(): NodeDriver | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    const found = process.getBuiltinModule?.("node:sqlite") as
      | { DatabaseSync: NodeDriver }
      | undefined;
    return found?.DatabaseSync;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function openWithNode(driver: NodeDriver, file: string, mode: OpenMode): Connection {
  if (mode === "rw" && !existsSync(file)) throw cannotOpen(undefined);
  return new driver(file, { readOnly: mode === "ro" });
}

function loadLibsql(): LibsqlDriver {
  try {
    return createRequire(import.meta.url)("libsql");
  } catch (cause) {
    throw noDriver(cause);
  }
}

function openWithLibsql(driver: LibsqlDriver, file: string, mode: OpenMode): Connection {
  const uri = file === IN_MEMORY ? file : `${pathToFileURL(file).href}?mode=${mode}`;
  try {
    return new driver(uri);
  } catch (cause) {
    throw cannotOpen(cause);
  }
}

function cannotOpen(cause: unknown): DatabaseFault {
  return new DatabaseFault("SQLITE_CANTOPEN", "unable to open database file", { cause });
}

function noDriver(cause: unknown): UserError {
  const version = process.versions.node;
  const detail = cause instanceof Error ? `: ${cause.message.split("\n", 1)[0]}` : "";
  return new UserError(
    "SQLITE_MISSING",
    `Node ${version} has no SQLite, and the package libsql, which takes its place, cannot be loaded${detail}`,
    { hint: "use Node 22.13 or newer" },
  );
}

/** Primary result codes by number (SQLite, Result and Error Codes): the drivers name only some extended ones. */
const PRIMARY_CODES: Record<number, string> = {
  1: "SQLITE_ERROR",
  3: "SQLITE_PERM",
  5: "SQLITE_BUSY",
  6: "SQLITE_LOCKED",
  7: "SQLITE_NOMEM",
  8: "SQLITE_READONLY",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  13: "SQLITE_FULL",
  14: "SQLITE_CANTOPEN",
  15: "SQLITE_PROTOCOL",
  19: "SQLITE_CONSTRAINT",
  23: "SQLITE_AUTH",
  26: "SQLITE_NOTADB",
};

/** An error of either driver as a `DatabaseFault`; any other as it is. */
export function toFault(cause: unknown): unknown {
  const isOurs = cause instanceof DatabaseFault || cause instanceof UserError;
  if (isOurs || !(cause instanceof Error) || !("code" in cause)) return cause;
  const name = String(cause.code);
  if (name !== "ERR_SQLITE_ERROR" && !name.startsWith("SQLITE_")) return cause;
  const number = numberOf(cause);
  // An extended code holds its primary code in the lowest byte.
  const primary = PRIMARY_CODES[number & 0xff];
  const isNamed = primary === undefined || name.startsWith(primary);
  const code = isNamed ? name : number === (number & 0xff) ? primary : `${primary} (${number})`;
  return new DatabaseFault(code, cause.message, { cause });
}

function numberOf(cause: Error): number {
  if ("errcode" in cause) return Number(cause.errcode);
  return "rawCode" in cause ? Number(cause.rawCode) : 0;
}
