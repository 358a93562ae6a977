import type { z } from "zod";
import { errorOf } from "./attempt-rows.ts";
import {
  type AttemptRow,
  holderSchema,
  type LedgerContents,
  type RunRow,
  readRuns,
} from "./contents.ts";
import type { Database } from "./database.ts";
import { DatabaseFault } from "./driver.ts";
import { type Migrated, replayProgress } from "./format-1-progress.ts";
import {
  type Attempt,
  attemptSchema,
  type Deletion,
  deletionSchema,
  type Graphic,
  graphicSchema,
  type Item,
  itemSchema,
} from "./format-1-tables.ts";

/** Whoever held the ledger last had begun the last run. */
const HOLDER = "SELECT user, machine, pid, since, (SELECT max(id) FROM runs) AS run_id FROM holder";

/**
 * Reads a ledger of format 1, that of version 0.1, as what it would be today. It had a table each for rows of manifests
 * (`items`), their POSTs (`attempts`), ids (`graphics`) and DELETEs (`deletions`), and what a run did stood in
 * `progress` until it was brought into those.
 */
export function readFormat1(database: Database): LedgerContents {
  const all = <S extends z.ZodObject>(schema: S, table: string) =>
    database.all(schema, `SELECT ${Object.keys(schema.shape)} FROM ${table} ORDER BY id`);
  const runs = readRuns(database);
  const runOf = finder(runs, ({ id }) => id);
  const attemptsOf = grouper(all(attemptSchema, "attempts"));
  const graphics = all(graphicSchema, "graphics");
  const graphicsOf = grouper(graphics);
  const items = all(itemSchema, "items");
  const rows = items.map((item) => ({
    item,
    run: runOf(item.run_id),
    rows: rowsOf(item, runOf(item.run_id), attemptsOf(item.id), graphicsOf(item.id)),
  }));
  const placeOf = new Map(graphics.map((graphic) => [graphic.graphic_id, graphic]));
  const deletions = all(deletionSchema, "deletions").map((deletion) => {
    return { row: deletionRow(deletion, placeOf.get(deletion.graphic_id)) };
  });
  const resolved = graphics.filter(({ source }) => source === "resolved");
  const migrated: Migrated[] = [...withResolved(rows, resolved), ...deletions];
  for (const [index, { row }] of migrated.entries()) row.id = index + 1;
  const attempts = migrated.map(({ row }) => row);
  const contents = { runs, attempts, holder: database.first(holderSchema, HOLDER) };
  return replayProgress(database, contents, migrated);
}

function finder<T>(all: readonly T[], keyOf: (one: T) => number): (key: number) => T {
  const byKey = new Map(all.map((one) => [keyOf(one), one]));
  return (key) => {
    const one = byKey.get(key);
    if (one === undefined) throw new DatabaseFault("SQLITE_CORRUPT", "a row belongs to none");
    return one;
  };
}

/** Those of an item. */
function grouper<T extends { item_id: number }>(all: readonly T[]): (itemId: number) => T[] {
  const groups = new Map<number, T[]>();
  for (const one of all) {
    const group = groups.get(one.item_id);
    if (group) group.push(one);
    else groups.set(one.item_id, [one]);
  }
  return (itemId) => groups.get(itemId) ?? [];
}

/** One row of a manifest in one run: a row for each POST, for an id that came without one, and for an end without. */
function rowsOf(
  item: Item,
  run: RunRow,
  attempts: readonly Attempt[],
  graphics: readonly Graphic[],
): Migrated[] {
  const left = new Set(graphics.filter(({ source }) => source !== "resolved"));
  const rows = attempts.map(({ id, item_id, ...answer }): Migrated => {
    const row = { ...blankRow(item, "upload"), ...answer };
    const brought = [...left].find((one) => one.graphic_id === answer.graphic_id);
    const isBrought = brought && answer.result === "uploaded";
    if (isBrought) left.delete(brought);
    // Whatever became of its graphic, the id is kept.
    else if (answer.result === "uploaded")
      return { row: { ...row, state: "replaced", url: "" }, itemId: item_id, attemptId: id };
    return {
      row: isBrought ? withGraphic(row, brought, run) : row,
      itemId: item_id,
      attemptId: id,
    };
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

function deletionRow(deletion: Deletion, place: Graphic | undefined): AttemptRow {
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
function withResolved(
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
