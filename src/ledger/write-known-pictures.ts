import type { KnownImage } from "../manifest/known-image.ts";
import type { Database } from "./database.ts";
import { DIGEST_LENGTH, formatPart } from "./known-pictures-part.ts";

/** Rows of one part: some 600 kB. */
const PART_ROWS = 4_096;

const DIGEST = `
SELECT CAST(substr(content, 1, ${DIGEST_LENGTH}) AS BLOB) FROM known_pictures
WHERE manifest = ? AND part = ?`;
const PUT = "INSERT OR REPLACE INTO known_pictures VALUES (?, ?, CAST(? AS BLOB))";
const CUT = "DELETE FROM known_pictures WHERE manifest = ? AND part >= ?";

/**
 * Notes what a manifest's files hold, in place of what was noted before; each path once. Part of the caller's
 * transaction. What is there already is not written again.
 */
export function writeKnownPictures(
  database: Database,
  manifest: string,
  known: Iterable<KnownImage>,
): void {
  let part = 0;
  for (const rows of partsOf(known)) {
    const content = formatPart(rows);
    const digest = database.getBlob(DIGEST, [manifest, part])?.toString("latin1");
    if (digest !== content.slice(0, DIGEST_LENGTH)) database.run(PUT, [manifest, part, content]);
    part += 1;
  }
  database.run(CUT, [manifest, part]);
}

function* partsOf(known: Iterable<KnownImage>): Generator<KnownImage[]> {
  let rows: KnownImage[] = [];
  for (const one of known) {
    rows.push(one);
    if (rows.length < PART_ROWS) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}
