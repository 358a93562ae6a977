import { z } from "zod";
import { stillUnknown } from "../execute/outcome.ts";
import { addressKey, type FolderAndName } from "../plan/recorded.ts";
import { isInShard, parseShard } from "../plan/shard.ts";
import type { TargetKey } from "../plan/target.ts";
import type { RecordOf, RowRecord } from "../report/row-record.ts";
import {
  ERROR_COLUMNS,
  errorOf,
  errorSchema,
  IN_LIBRARY,
  STATUS,
  statusSchema,
  UNANSWERED,
} from "./attempt-rows.ts";
import type { Database } from "./database.ts";
import { IS_IN_DOUBT, IS_ROW, IS_UNKNOWN } from "./schema.ts";

const text = z.string();
const placeSchema = z.object({ id: z.int(), folder: text, name: text });

const rowSchema = placeSchema.extend({
  run: z.int(),
  status: statusSchema,
  settled: text.nullable(),
  ...errorSchema.shape,
});
const ROWS = `
SELECT id, folder, name, run_id AS run, ${STATUS} AS status, settled, ${ERROR_COLUMNS} FROM attempts NOT INDEXED
WHERE run_id IN (SELECT value FROM json_each(?)) AND ${IS_ROW}`;

const unknownSchema = placeSchema.extend(errorSchema.shape);
const UNKNOWNS = `
SELECT id, folder, name, ${ERROR_COLUMNS} FROM attempts
WHERE ${IN_LIBRARY} AND ${IS_UNKNOWN} ORDER BY id`;

const graphicSchema = placeSchema.extend({
  graphicId: text,
  url: text,
  sha256: text,
  uploadedAt: text,
});
const GRAPHICS = `
SELECT id, folder, name, graphic_id AS graphicId, url, sha256, finished_at AS uploadedAt
FROM attempts NOT INDEXED WHERE ${IN_LIBRARY} AND state = 'current' AND (service, library, graphic_id) NOT IN
  (SELECT service, library, graphic_id FROM attempts WHERE ${IS_IN_DOUBT})`;

/** The latest attempt of a row in a run, or the latest unknown upload to an address. */
interface Row {
  id: number;
  status: z.infer<typeof statusSchema>;
  error: string | null;
}

type Graphic = Omit<z.infer<typeof graphicSchema>, "folder" | "name">;

/** What is recorded at one address. */
interface Found {
  /** Its row in its last run, unless that was unknown and has been settled. */
  row: Row | undefined;
  unknown: Row | undefined;
  graphic: Graphic | undefined;
}

const NOTHING: Found = { row: undefined, unknown: undefined, graphic: undefined };

/**
 * What the results say of each address, all read now. The status is the first that fits:
 *
 * | row in its last run on this target | unsettled unknown | current graphic | → |
 * |---|---|---|---|
 * | `uploaded` | any | yes | `uploaded` |
 * | `adopted` | any | yes | `unchanged` |
 * | `sending`, `unknown` | yes (itself) | any | `unknown` |
 * | `failed` | yes, earlier than the row (a retry of it) | any | `unknown`, with the row's error |
 * | any other | yes | any | `unknown` |
 * | `failed` | no | yes, later than the row (its retry sheet was run, or an unknown settled) | `unchanged` |
 * | `failed` | no | any | `failed` |
 * | `not-run` | no | yes, later than the row | `unchanged` |
 * | `not-run` | no | any | `not-run` |
 * | `uploaded`, `adopted` | no | no (deleted since) | `not-run` |
 * | settled or none | no | yes | `unchanged` |
 * | settled or none | no | no | `not-run` |
 *
 * The id, URL, hash and time are the current graphic's, whatever the status.
 */
export function readRowRecords(database: Database, target: TargetKey, manifest: string): RecordOf {
  const found = new Map<string, Found>();
  const at = (place: FolderAndName): Found => {
    const key = addressKey(place);
    const known = found.get(key) ?? { ...NOTHING };
    found.set(key, known);
    return known;
  };
  const { runs, lastRunOf } = readLastRuns(database, target, manifest);
  for (const row of database.eachAttempt(rowSchema, ROWS, [JSON.stringify(runs)])) {
    const { id, run, status, settled } = row;
    if (run !== lastRunOf(row)) continue;
    at(row).row = settled === null ? { id, status, error: errorOf(row) } : undefined;
  }
  const where = [target.service, target.library];
  for (const row of database.all(unknownSchema, UNKNOWNS, where)) {
    at(row).unknown = { id: row.id, status: "unknown", error: errorOf(row) };
  }
  for (const row of database.eachAttempt(graphicSchema, GRAPHICS, where)) {
    const { id, graphicId, url, sha256, uploadedAt } = row;
    at(row).graphic = { id, graphicId, url, sha256, uploadedAt };
  }
  return (place) => recordOf(found.get(addressKey(place)) ?? NOTHING);
}

function recordOf(found: Found): RowRecord {
  const { graphicId, url, sha256, uploadedAt } = found.graphic ?? NO_GRAPHIC;
  const { status, error } = statusOf(found);
  return { status, graphicId, url, sha256, uploadedAt, error };
}

const NO_GRAPHIC = { graphicId: null, url: null, sha256: null, uploadedAt: null };

function statusOf({ row, unknown, graphic }: Found): Pick<RowRecord, "status" | "error"> {
  if (graphic && row?.status === "uploaded") return { status: "uploaded", error: null };
  if (graphic && row?.status === "adopted") return { status: "unchanged", error: null };
  if (unknown) return { status: "unknown", error: errorOfUnknown(row, unknown) };
  const isGraphicLater = row !== undefined && graphic !== undefined && graphic.id > row.id;
  if ((row?.status === "failed" || row?.status === "not-run") && !isGraphicLater) {
    return { status: row.status, error: row.error };
  }
  return { status: graphic ? "unchanged" : "not-run", error: null };
}

function errorOfUnknown(row: Row | undefined, unknown: Row): string {
  const retried = row?.status === "failed" && row.id > unknown.id ? row.error : null;
  return retried === null ? (unknown.error ?? UNANSWERED) : stillUnknown(retried);
}

const lastRunSchema = z.object({ shard: text.nullable(), run: z.int() });
const LAST_RUNS = `
SELECT shard, max(id) AS run FROM runs
WHERE manifest = ? AND service = ? AND library = ? AND command IN ('apply', 'adopt') GROUP BY shard`;

/**
 * A manifest's latest runs against one target, and which of them was the last about a row: of the whole manifest or of
 * the shard that its address belongs to.
 */
function readLastRuns(database: Database, { service, library }: TargetKey, manifest: string) {
  const rows = database.all(lastRunSchema, LAST_RUNS, [manifest, service, library]);
  const last = rows
    .map(({ shard, run }) => ({ run, shard: shard === null ? undefined : parseShard(shard) }))
    .sort((a, b) => b.run - a.run);
  return {
    runs: last.map(({ run }) => run),
    lastRunOf: (place: FolderAndName) =>
      last.find(({ shard }) => shard === undefined || isInShard(place, shard))?.run,
  };
}
