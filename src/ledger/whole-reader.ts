import { z } from "zod";
import type { JournalMode } from "./check-header.ts";
import { type Database, IN_MEMORY, LARGE_CACHE } from "./database.ts";
import { modeFor, openForReading } from "./open-for-reading.ts";
import { hasProgress } from "./progress.ts";
import { parseRow } from "./read-recorded.ts";
import { copyWhole } from "./whole-copy.ts";

/** A change by another connection gives another number (SQLite, PRAGMA data_version). */
const VERSION = "SELECT CAST(json_array(data_version) AS BLOB) FROM pragma_data_version";
const versionSchema = z.tuple([z.int()]);

/**
 * Reads a ledger without changing it. While a run goes on, and after one died, part of what is durable stands in
 * `progress` alone: then a copy in memory is read, into which that has been taken.
 */
export class WholeReader {
  readonly #file: string;
  readonly #journal: JournalMode;
  readonly #durable: Database;
  /** The newest is read; whoever began to read an older one may end it. */
  readonly #copies: { database: Database; version: number }[] = [];

  constructor(file: string, journal: JournalMode) {
    this.#file = file;
    this.#journal = journal;
    this.#durable = openForReading(file, journal);
    this.#durable.exec(LARGE_CACHE);
  }

  /** Where everything that is durable now can be read. */
  databaseNow(): Database {
    if (!hasProgress(this.#durable)) return this.#durable;
    const [version] = parseRow(versionSchema, this.#durable.getJson(VERSION, []));
    const newest = this.#copies.at(-1);
    if (newest?.version === version) return newest.database;
    const database = copyWhole(this.#file, modeFor(this.#file, this.#journal), IN_MEMORY);
    this.#copies.push({ database, version });
    return database;
  }

  close(): void {
    for (const { database } of this.#copies) database.close();
    this.#durable.close();
  }
}
