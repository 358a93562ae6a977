import { z } from "zod";
import type { Recorded, RecordedGraphic, UnknownUpload } from "../plan/recorded.ts";
import type { Database } from "./database.ts";
import { type Ownership, ownershipReader } from "./read-ownership.ts";
import { UNANSWERED } from "./read-row-records.ts";
import { cellsOf, damagedRow, integerCell, textCell } from "./row-cells.ts";
import { IN_DOUBT, UNSETTLED } from "./schema.ts";

/** One library of one service. */
export interface Target {
  service: string;
  library: string;
}

/** Rows read with one call of the driver: calls cost more than rows. */
const PAGE_ROWS = 512;

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
SELECT CAST(json_array(folder, name, sha256, bytes, content_type, path, error, runs.manifest) AS BLOB)
FROM (SELECT *, max(id) FROM items
  WHERE service = ? AND library = ? AND ${UNSETTLED} GROUP BY folder, name) AS latest
CROSS JOIN runs ON runs.id = latest.run_id`;

const text = z.string();
const unknownSchema = z.tuple([text, text, text, z.int(), text, text, text.nullable(), text]);

/** What the planner needs to know of a library, as of one moment. */
export function readRecorded(database: Database, target: Target, manifest: string): Recorded {
  return inSnapshot(database, () => ({
    graphics: [...iterateGraphics(database, target, manifest)],
    unknowns: readUnknowns(database, target, manifest),
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

function* iterateGraphics(
  database: Database,
  target: Target,
  manifest: string,
): Generator<RecordedGraphic> {
  const { service, library } = target;
  const owns = ownershipReader(database, target, manifest);
  const folders = new Map<string, string>();
  let lastId: number | null = 0;
  while (lastId !== null) {
    const page = cellsOf(database.getJson(GRAPHICS_PAGE, [service, library, lastId]), 2);
    lastId = page[0] === null ? null : integerCell(page[0]);
    for (const row of cellsOf(page[1])) yield toGraphic(cellsOf(row, 10), owns, folders);
  }
}

/** `folders`: those of many graphics, each as one string. */
function toGraphic(
  row: readonly unknown[],
  owns: Ownership,
  folders: Map<string, string>,
): RecordedGraphic {
  const folder = remember(folders, textCell(row[1]));
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
    ownedByManifest: owns(textCell(row[7]), { folder, name }),
  };
}

function remember(known: Map<string, string>, text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  known.set(text, text);
  return text;
}

function readUnknowns(database: Database, target: Target, manifest: string): UnknownUpload[] {
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
