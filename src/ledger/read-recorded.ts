import { z } from "zod";
import type { Recorded, RecordedGraphic, UnknownUpload } from "../plan/recorded.ts";
import { type Database, DatabaseFault } from "./database.ts";
import { isOwnedBy } from "./retry-of.ts";
import { IN_DOUBT, UNSETTLED } from "./schema.ts";

/** One library of one service. */
export interface Target {
  service: string;
  library: string;
}

/** Rows read with one call of the driver: calls cost more than rows. */
const PAGE_ROWS = 512;

const graphicsPageSchema = z.tuple([
  z.int().nullable(),
  z.array(
    z.tuple([
      z.string(),
      z.string(),
      z.string(),
      z.string(),
      z.int(),
      z.string(),
      z.string(),
      z.string(),
      z.string(),
      z.string(),
    ]),
  ),
]);
type GraphicRow = z.infer<typeof graphicsPageSchema>[1][number];

// Without an index: rows then come in the order they were recorded, and twice as fast.
const GRAPHICS_PAGE = `
SELECT CAST(json_array(max(id), json_group_array(json_array(graphic_id, folder, name, sha256, bytes,
  content_type, path, manifest, url, uploaded_at))) AS BLOB)
FROM (
  SELECT * FROM graphics NOT INDEXED
  WHERE service = ? AND library = ? AND state = 'current' AND id > ?
    AND graphic_id NOT IN (SELECT graphic_id FROM deletions WHERE ${IN_DOUBT}) ORDER BY id LIMIT ${PAGE_ROWS})`;

// The latest of an address: one address is one unknown, however often it was sent.
const UNKNOWNS = `
SELECT CAST(json_array(folder, name, sha256, max(id)) AS BLOB) FROM items
WHERE service = ? AND library = ? AND ${UNSETTLED} GROUP BY folder, name`;

const unknownSchema = z.tuple([z.string(), z.string(), z.string(), z.int()]);

/** What the planner needs to know of a library, as of one moment. */
export function readRecorded(database: Database, target: Target, manifest: string): Recorded {
  return inSnapshot(database, () => ({
    graphics: readGraphics(database, target, manifest),
    unknowns: readUnknowns(database, target),
  }));
}

function inSnapshot<T>(database: Database, read: () => T): T {
  database.exec("BEGIN");
  try {
    return read();
  } finally {
    database.exec("ROLLBACK");
  }
}

function readGraphics(database: Database, target: Target, manifest: string): RecordedGraphic[] {
  const graphics: RecordedGraphic[] = [];
  let lastId: number | null = 0;
  while (lastId !== null) {
    const values: (string | number)[] = [target.service, target.library, lastId];
    const page = parseRow(graphicsPageSchema, database.getJson(GRAPHICS_PAGE, values));
    lastId = page[0];
    for (const row of page[1]) graphics.push(toGraphic(row, manifest));
  }
  return graphics;
}

function toGraphic(row: GraphicRow, manifest: string): RecordedGraphic {
  const [graphicId, folder, name, sha256, bytes, contentType, path, owner, url, uploadedAt] = row;
  const ownedByManifest = isOwnedBy(owner, manifest);
  return {
    graphicId,
    folder,
    name,
    sha256,
    bytes,
    contentType,
    path,
    url,
    uploadedAt,
    ownedByManifest,
  };
}

function readUnknowns(database: Database, { service, library }: Target): UnknownUpload[] {
  const rows = database.iterateJson(UNKNOWNS, [service, library]);
  return Array.from(rows, (row) => {
    const [folder, name, sha256] = parseRow(unknownSchema, row);
    return { folder, name, sha256 };
  });
}

/** A row as its schema says; a row of another shape means that the file is damaged. */
export function parseRow<T extends z.ZodType>(schema: T, row: unknown): z.infer<T> {
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  throw new DatabaseFault("SQLITE_CORRUPT", "a row does not hold what it should");
}
