import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import { Database } from "./database.ts";
import { APPLICATION_ID, FORMAT_VERSION, SCHEMA } from "./schema.ts";

/**
 * Creates an empty ledger. Call it with the lock held. It is made whole under another name and then renamed:
 * whoever kills this process leaves no ledger or a complete one, and the next run clears the draft away.
 */
export function createLedger(file: string): void {
  const draft = `${file}.new`;
  for (const suffix of ["", "-journal"]) rmSync(`${draft}${suffix}`, { force: true });
  const database = new Database(draft, "rwc");
  try {
    database.exec(`
      PRAGMA synchronous = FULL;
      BEGIN;
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${FORMAT_VERSION};
      ${SCHEMA.join(";")};
      COMMIT`);
  } finally {
    database.close();
  }
  renameSync(draft, file);
  syncFolder(dirname(file));
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
function syncFolder(folder: string): void {
  // Windows opens no folders; there the file system keeps names without being asked.
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
