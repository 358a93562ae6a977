import { z } from "zod";
import {
  type Graphic,
  graphicSchema,
  isCurrent,
  type Recorded,
  type UnknownUpload,
} from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import { type Ownership, ownershipReader } from "./read-ownership.ts";
import { UNANSWERED } from "./read-row-records.ts";
import { cellsOf, damagedRow, integerCell, textCell } from "./row-cells.ts";
import { IN_DOUBT, UNSETTLED } from "./schema.ts";

/** Rows read with one call of the driver: calls cost more than rows. */
const PAGE_ROWS = 512;

// Without an index: rows then come in the order they were recorded, and twice as fast.
const GRAPHICS_PAGE = `
SELECT CAST(json_array(max(id), json_group_array(json_array(graphic_id, folder, name, sha256, bytes,
  content_type, path, manifest, url, uploaded_at, source, state, run_id, in_doubt))) AS BLOB)
FROM (
  SELECT graphics.*, items.run_id, EXISTS (SELECT 1 FROM deletions
    WHERE service = ?1 AND library = ?2 AND graphic_id = graphics.graphic_id AND ${IN_DOUBT}) AS in_doubt
  FROM graphics NOT INDEXED CROSS JOIN items ON items.id = graphics.item_id
  WHERE graphics.service = ?1 AND graphics.library = ?2 AND graphics.id > ?3
  ORDER BY graphics.id LIMIT ${PAGE_ROWS})`;

// The latest of an address: one address is one unknown, however often it was sent.
const UNKNOWNS = `
SELECT CAST(json_array(folder, name, sha256, bytes, content_type, path, error, runs.manifest) AS BLOB)
FROM (SELECT *, max(id) FROM items
  WHERE service = ? AND library = ? AND ${UNSETTLED} GROUP BY folder, name) AS latest
CROSS JOIN runs ON runs.id = latest.run_id`;

const text = z.string();
const unknownSchema = z.tuple([text, text, text, z.int(), text, text, text.nullable(), text]);

/** What the planner needs to know of a library, as of one moment. */
export function readRecorded(database: Database, target: TargetKey, manifest: string): Recorded {
  return inSnapshot(database, () => {
    const all = readGraphics(database, target, manifest);
    return {
      graphics: all.filter(isCurrent),
      past: all.filter((graphic) => !isCurrent(graphic)),
      unknowns: readUnknowns(database, target, manifest),
    };
  });
}

function inSnapshot<T>(database: Database, read: () => T): T {
  database.exec("BEGIN");
  try {
    return read();
  } finally {
    database.exec("ROLLBACK");
  }
}

/** Every graphic that was ever recorded of a library, in the order it was recorded at its address. */
export function readGraphics(database: Database, target: TargetKey, manifest: string): Graphic[] {
  const { service, library } = target;
  const owns = ownershipReader(database, target, manifest);
  const graphics: Graphic[] = [];
  let lastId: number | null = 0;
  while (lastId !== null) {
    const page = cellsOf(database.getJson(GRAPHICS_PAGE, [service, library, lastId]), 2);
    lastId = page[0] === null ? null : integerCell(page[0]);
    for (const row of cellsOf(page[1])) graphics.push(toGraphic(cellsOf(row, 14), owns));
  }
  return graphics;
}

function toGraphic(row: readonly unknown[], owns: Ownership): Graphic {
  const folder = textCell(row[1]);
  const name = textCell(row[2]);
  return {
    graphicId: textCell(row[0]),
    folder,
    name,
    sha256: textCell(row[3]),
    bytes: integerCell(row[4]),
    contentType: textCell(row[5]),
    path: textCell(row[6]),
    url: textCell(row[8]),
    uploadedAt: textCell(row[9]),
    source: parseRow(graphicSchema.shape.source, row[10]),
    state: parseRow(graphicSchema.shape.state, row[11]),
    run: integerCell(row[12]),
    ownedByManifest: owns(textCell(row[7]), { folder, name }),
    isInDoubt: integerCell(row[13]) === 1,
  };
}

function readUnknowns(database: Database, target: TargetKey, manifest: string): UnknownUpload[] {
  const owns = ownershipReader(database, target, manifest);
  const rows = database.iterateJson(UNKNOWNS, [target.service, target.library]);
  return [...rows].map((row) => {
    const [folder, name, sha256, bytes, contentType, path, error, sentBy] = parseRow(
      unknownSchema,
      row,
    );
    const what = { folder, name, sha256, bytes, contentType, path };
    const ownedByManifest = owns(sentBy, { folder, name });
    return { ...what, error: error ?? UNANSWERED, ownedByManifest };
  });
}

/** A row as its schema says; a row of another shape means that the file is damaged. */
export function parseRow<T extends z.ZodType>(schema: T, row: unknown): z.infer<T> {
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  throw damagedRow();
}
