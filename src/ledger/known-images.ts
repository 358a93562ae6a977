import { existsSync } from "node:fs";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { CONTENT_TYPES, type KnownImage } from "../manifest/image.ts";
import { UserError } from "../user-error.ts";
import type { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import { checkHeader, locate } from "./ledger-file.ts";
import { whileOpen } from "./read-ledger.ts";
import { describeSystemError } from "./refusal.ts";

/** To be raised when qgfx refuses an image that it took before: what was noted of it then counts no more. */
const RULES = 2;

const rowSchema = z.object({
  path: z.string(),
  size_bytes: z.int(),
  stamp: z.string(),
  sha256: z.string(),
  content_type: z.enum(CONTENT_TYPES),
  width_px: z.int(),
  height_px: z.int(),
  checksum: z.int(),
});

type Row = z.infer<typeof rowSchema>;

const COLUMNS = Object.keys(rowSchema.shape).join(", ");
const ROWS = `SELECT ${COLUMNS} FROM files WHERE manifest = ?`;
const PUT = `
INSERT OR REPLACE INTO files (manifest, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const FORGET = "DELETE FROM files WHERE manifest = ? AND path = ?";

/**
 * Notes what a manifest's files hold, in place of what was noted before; each path once. Part of the caller's
 * transaction. What is there already is not written again.
 */
export function writeKnownImages(
  database: Database,
  manifest: string,
  known: Iterable<KnownImage>,
): void {
  const before = new Map<string, number>();
  for (const row of readRows(database, manifest)) before.set(row.path, row.checksum);
  for (const row of Array.from(known, toRow)) {
    const isSame = before.get(row.path) === row.checksum;
    before.delete(row.path);
    if (!isSame) database.run(PUT, [manifest, ...Object.values(row)]);
  }
  for (const path of before.keys()) database.run(FORGET, [manifest, path]);
}

function readRows(database: Database, manifest: string): Iterable<Row> {
  return database.each(rowSchema, "path", ROWS, [manifest]);
}

function toRow({ path, image, stamp }: KnownImage): Row {
  const row = {
    path,
    size_bytes: image.sizeBytes,
    stamp: [stamp.mtimeMs, stamp.ctimeMs, stamp.inode].join(" "),
    sha256: image.sha256,
    content_type: image.contentType,
    width_px: image.widthPx,
    height_px: image.heightPx,
  };
  return { ...row, checksum: checksumOf(row) };
}

/** A row with the right one is as it was written. */
function checksumOf(row: Omit<Row, "checksum">): number {
  const { path, size_bytes, stamp, sha256, content_type, width_px, height_px } = row;
  return crc32(
    `${RULES} ${size_bytes} ${stamp} ${sha256} ${content_type} ${width_px} ${height_px} ${path}`,
  );
}

/**
 * What a manifest's files held when a run last looked into them. It is no more than a help: where there is no
 * ledger, or anything is odd about it, nothing is given and nothing is said. Nothing is created or changed. A row
 * that is not exactly as it was written is passed over: its bytes would not be looked at.
 */
export function readKnownImages(file: string, manifest: string): KnownImage[] {
  try {
    const path = locate(file);
    if (!existsSync(path)) return [];
    const header = checkHeader(path);
    // While a run holds the ledger, or after one died, a second connection would be in the next one's way.
    if (!header.isAtRest || header.format === 1) return [];
    return whileOpen(path, header, (database) => {
      const known: KnownImage[] = [];
      for (const row of readRows(database, manifest)) {
        if (row.checksum === checksumOf(row)) known.push(toKnownImage(row));
      }
      return known;
    });
  } catch (cause) {
    const isKnown = cause instanceof DatabaseFault || cause instanceof UserError;
    if (isKnown || describeSystemError(cause) !== undefined) return [];
    throw cause;
  }
}

function toKnownImage(row: Row): KnownImage {
  const [mtimeMs = Number.NaN, ctimeMs = Number.NaN, inode = Number.NaN] = row.stamp
    .split(" ")
    .map(Number);
  const image = {
    contentType: row.content_type,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    widthPx: row.width_px,
    heightPx: row.height_px,
  };
  return { path: row.path, image, stamp: { mtimeMs, ctimeMs, inode } };
}
