import { z } from "zod";
import { type AttemptRow, answerShape, plannedShape, type RunRow } from "./contents.ts";
import { DatabaseFault } from "./driver.ts";
import { errorOf } from "./row-records.ts";

const text = z.string();
const orNull = text.nullable();
const int = z.int();
/** What is no id is refused here, for of today's format it is refused at opening. */
const graphicId = text.regex(/^IM_[a-zA-Z0-9_]*$/);
const graphicIdOrNull = graphicId.nullable();

/** A row of format 1's `items`. */
export const itemSchema = z.object({
  ...plannedShape,
  replaces: graphicIdOrNull,
  status: z.enum(["not-run", "sending", "uploaded", "failed", "unknown", "adopted"]),
  error: orNull,
  settled: orNull,
});

const answered = { ...answerShape, id: int, started_at: text, graphic_id: graphicIdOrNull };

/** A row of format 1's `attempts`. */
export const attemptSchema = z.object({ ...answered, item_id: int });

/** A row of format 1's `graphics`. */
export const graphicSchema = z.object({
  item_id: int,
  graphic_id: graphicId,
  folder: text,
  name: text,
  manifest: text,
  url: text,
  uploaded_at: text,
  source: z.enum(["upload", "shared", "adopted", "resolved"]),
  state: z.enum(["current", "replaced", "deleted"]),
  revision: int,
  possible_duplicate: int,
});

/** A row of format 1's `deletions`. */
export const deletionSchema = z.object({
  ...answered,
  run_id: int,
  service: text,
  library: text,
  graphic_id: graphicId,
  settled: int,
});

type Item = z.infer<typeof itemSchema>;
type Graphic = z.infer<typeof graphicSchema>;

const formerSchema = z.object({ folder: text, name: text, graphicId });
const sharerSchema = z.object({ folder: text, name: text, former: formerSchema.optional() });

/** One of the records that a row of format 1's `progress` holds. */
export const recordSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("intent"),
    attemptId: int,
    itemId: int,
    number: int,
    startedAt: text,
  }),
  z.object({
    kind: z.literal("outcome"),
    attemptId: int,
    itemId: int,
    outcome: z.object({
      result: z.enum(["uploaded", "refused", "not-sent", "failed", "unknown"]),
      graphicId: graphicIdOrNull,
      url: orNull,
      httpStatus: z.int().nullable(),
      errorCode: orNull,
      message: orNull,
      requestId: orNull,
      finishedAt: text,
    }),
    former: formerSchema.optional(),
    sharers: z.object({ line: int, rows: z.array(sharerSchema) }).optional(),
  }),
  z.object({
    kind: z.literal("unsent"),
    itemId: int,
    status: z.enum(["failed", "not-run"]),
    error: text,
  }),
]);

export type ProgressRecord = z.infer<typeof recordSchema>;
/** A row that waits for another's id. */
export type Sharer = z.infer<typeof sharerSchema>;

/** A row of today and what it was made of. */
export interface Migrated {
  row: AttemptRow;
  itemId?: number;
  attemptId?: number;
}

/** Finds by a number; without it nothing fits together. */
export function finder<T>(all: readonly T[], keyOf: (one: T) => number): (key: number) => T {
  const byKey = new Map(all.map((one) => [keyOf(one), one]));
  return (key) => {
    const one = byKey.get(key);
    if (one === undefined) throw new DatabaseFault("SQLITE_CORRUPT", "a row belongs to none");
    return one;
  };
}

/** One row of a manifest in one run: a row for each POST, for an id that came without one, and for an end without. */
export function rowsOf(
  item: Item,
  run: RunRow,
  attempts: readonly z.infer<typeof attemptSchema>[],
  graphics: readonly Graphic[],
): Migrated[] {
  const left = new Set(graphics.filter(({ source }) => source !== "resolved"));
  const rows = attempts.map(({ id, item_id, ...answer }): Migrated => {
    const row = { ...blankRow(item, "upload"), ...answer };
    const made = { itemId: item_id, attemptId: id };
    if (answer.result !== "uploaded") return { row, ...made };
    const brought = [...left].find((one) => one.graphic_id === answer.graphic_id);
    // Whatever became of its graphic, the id is kept.
    if (!brought) return { row: { ...row, state: "replaced", url: "" }, ...made };
    left.delete(brought);
    return { row: withGraphic(row, brought, run), ...made };
  });
  for (const graphic of left) rows.push({ row: takenRow(item, graphic, run), itemId: item.id });
  const last = rows.at(-1)?.row;
  if (last && isUnanswered(last)) last.settled = item.settled;
  return last && saysAll(last, item)
    ? rows
    : [...rows, { row: endRow(item, run), itemId: item.id }];
}

function isUnanswered({ started_at, result }: AttemptRow): boolean {
  return started_at !== null && (result === null || result === "unknown");
}

function blankRow(item: Item, kind: AttemptRow["kind"]): AttemptRow {
  const { status: _, error: __, settled: ___, ...what } = item;
  return { ...NOTHING, ...what, kind, number: 1, graphic_id: null };
}

const NOTHING = {
  manifest: null,
  started_at: null,
  finished_at: null,
  result: null,
  http_status: null,
  error_code: null,
  message: null,
  request_id: null,
  url: null,
  settled: null,
  state: null,
  revision: 0,
  possible_duplicate: 0,
};

function withGraphic(row: AttemptRow, graphic: Graphic, run: RunRow): AttemptRow {
  const { graphic_id, url, state, revision, possible_duplicate, manifest, uploaded_at } = graphic;
  const whose = manifest === run.manifest ? null : manifest;
  const what = { graphic_id, url, state, revision, possible_duplicate };
  return { ...row, ...what, manifest: whose, finished_at: uploaded_at };
}

const KINDS = { upload: "upload", shared: "share", adopted: "adopt", resolved: "resolve" } as const;

/** An id that came without a POST of this row. */
function takenRow(item: Item, graphic: Graphic, run: RunRow): AttemptRow {
  const isUploaded = graphic.source === "upload" || item.status === "uploaded";
  const result = isUploaded && graphic.source !== "resolved" ? "uploaded" : "recorded";
  const started_at = graphic.source === "upload" ? run.started_at : null;
  const row = { ...blankRow(item, KINDS[graphic.source]), result, started_at };
  return withGraphic(row, graphic, run);
}

const STATUS_AFTER: Record<string, Item["status"]> = {
  uploaded: "uploaded",
  recorded: "adopted",
  failed: "failed",
  refused: "not-run",
  "not-sent": "not-run",
};

/** Whether the last that was recorded of an item is what its status says. */
function saysAll(last: AttemptRow, { status, error }: Item): boolean {
  if (isUnanswered(last)) return status === "sending" || status === "unknown";
  if (last.state !== null) return status === "uploaded" || status === "adopted";
  const { http_status, error_code, message, request_id } = last;
  const told = { httpStatus: http_status, errorCode: error_code, message, requestId: request_id };
  return STATUS_AFTER[last.result ?? ""] === status && errorOf(told) === error;
}

/** How an item ended, or stands, without a POST that says so. */
function endRow(item: Item, run: RunRow): AttemptRow {
  const row = { ...blankRow(item, "upload"), message: item.error };
  if (item.status === "not-run") return row;
  if (item.status === "failed") return { ...row, result: "failed" };
  return { ...row, started_at: run.started_at, result: "unknown", settled: item.settled };
}

/** A row of format 1's `deletions` as it would be today. */
export function deletionRow(
  deletion: z.infer<typeof deletionSchema>,
  place: Graphic | undefined,
): AttemptRow {
  const { settled, ...answer } = deletion;
  const row = { ...NOTHING, ...answer, kind: "delete" as const, action: "delete", reason: "" };
  const what = { line: 0, path: "", content_type: "", sha256: "", bytes: 0, replaces: null };
  const where = { folder: place?.folder ?? "", name: place?.name ?? "" };
  const isGone = settled === 1 && isUnanswered({ ...row, ...what, ...where });
  return { ...row, ...what, ...where, settled: isGone ? "gone" : null };
}

/**
 * All rows in the order of their items. An id that was found for an unknown upload comes before the first run that
 * began after that: so it counts as later than what the runs before it said of its address.
 */
export function withResolved(
  items: readonly { item: Item; run: RunRow; rows: Migrated[] }[],
  resolved: readonly Graphic[],
): Migrated[] {
  const itemOf = finder(items, ({ item }) => item.id);
  const left = new Set(resolved);
  const take = (isDue: (graphic: Graphic) => boolean) =>
    [...left].filter(isDue).map((graphic): Migrated => {
      left.delete(graphic);
      const { item, run } = itemOf(graphic.item_id);
      return { row: takenRow(item, graphic, run) };
    });
  const before = items.flatMap(({ item, run, rows }) => [
    ...take((one) => item.id > one.item_id && run.started_at >= one.uploaded_at),
    ...rows,
  ]);
  return [...before, ...take(() => true)];
}
