import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import { Database } from "./database.ts";
import { APPLICATION_ID, FORMAT_VERSION, SCHEMA } from "./schema.ts";

/**
 * Creates a ledger, empty or with what `fill` writes. Call it with the lock held. It is made whole under another name
 * and then renamed: whoever kills this process leaves what was there before or a complete one, and the next run clears
 * the draft away.
 */
export function createLedger(file: string, fill: (database: Database) => void = () => {}): void {
  const draft = `${file}.new`;
  for (const suffix of ["", "-journal"]) rmSync(`${draft}${suffix}`, { force: true });
  const database = new Database(draft, "rwc");
  try {
    database.exec("PRAGMA synchronous = FULL");
    makeTables(database, () => fill(database));
  } finally {
    database.close();
  }
  renameSync(draft, file);
  syncFolder(dirname(file));
}

/** Makes an empty ledger in an empty database, in one transaction with what `fill` writes. */
export function makeTables(database: Database, fill: () => void): void {
  database.exec(
    `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION}`,
  );
  database.transaction(() => {
    database.exec(SCHEMA.join(";"));
    fill();
  });
}

/** Creates a folder and those above it, so that a power cut cannot take them away again. */
export function makeFolder(folder: string): void {
  const first = makeAll(folder);
  if (first === undefined) return;
  const depth = relative(dirname(first), folder).split(sep).length;
  let made = folder;
  for (let level = 0; level < depth; level += 1) {
    made = dirname(made);
    syncFolder(made);
  }
}

/** The first folder it made; undefined where all were there. */
function makeAll(folder: string): string | undefined {
  try {
    return mkdirSync(folder, { recursive: true });
  } catch (cause) {
    // On a read-only disk Node's recursive mkdir says ENOENT; the plain one tells the truth.
    let missing = folder;
    while (!existsSync(dirname(missing))) missing = dirname(missing);
    mkdirSync(missing);
    throw cause;
  }
}

/** Makes durable which files stand in a folder. */
export function syncFolder(folder: string): void {
  // Windows opens no folders; there the file system keeps names without being asked.
  if (process.platform !== "win32") syncFile(folder);
}

/** Makes durable what is in a file, or which files stand in a folder. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, process.platform === "win32" ? "r+" : "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
