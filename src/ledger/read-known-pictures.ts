import { existsSync } from "node:fs";
import type { KnownImage } from "../manifest/known-image.ts";
import { UserError } from "../user-error.ts";
import { checkHeader } from "./check-header.ts";
import { type Database, DatabaseFault } from "./database.ts";
import { parsePart } from "./known-pictures-part.ts";
import { locate } from "./locate.ts";
import { modeFor, openForReading } from "./open-for-reading.ts";
import { describeSystemError } from "./refusal.ts";

const PART = `
SELECT CAST(content AS BLOB) FROM known_pictures WHERE manifest = ? AND part = ?`;

/**
 * What a manifest's files held when a run last looked into them. It is no more than a help: where there is no
 * ledger, or anything is odd about it, nothing is given and nothing is said. Nothing is created or changed.
 */
export function* readKnownPictures(file: string, manifest: string): Generator<KnownImage> {
  const database = tryIt(() => openAtRest(file));
  try {
    for (let part = 0; ; part += 1) {
      const bytes = tryIt(() => database?.getBlob(PART, [manifest, part]));
      if (!bytes) return;
      yield* parsePart(bytes);
    }
  } finally {
    tryIt(() => database?.close());
  }
}

/** Undefined while a run holds the ledger or after one died: a second connection would be in the next one's way. */
function openAtRest(file: string): Database | undefined {
  const path = locate(file);
  if (!existsSync(path) || checkHeader(path) !== "rollback") return undefined;
  return modeFor(path, "rollback") === "ro" ? openForReading(path, "rollback") : undefined;
}

/** Undefined where the file or its content is in the way; whoever needs the ledger says so. */
function tryIt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (cause) {
    const isKnown = cause instanceof DatabaseFault || cause instanceof UserError;
    if (isKnown || describeSystemError(cause) !== undefined) return undefined;
    throw cause;
  }
}
