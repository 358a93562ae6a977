import type { PlannedRow } from "../plan/planned-row.ts";
import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import type { Owner } from "./holder.ts";
import { settleAnswered } from "./settle-unknown.ts";
import { recordGraphics } from "./write-graphic.ts";

/** What makes a run: a command that changes the record. */
export type RunCommand = "apply" | "adopt" | "prune" | "undo";

/** What a run is about. */
export interface RunStart extends TargetKey {
  /** `apply` where absent. */
  command?: RunCommand;
  /** The manifest's name; what `ownedByManifest` compares with. */
  manifest: string;
  /** `K/N` where it is about one part of the manifest's rows; see src/plan/shard.ts. */
  shard?: string | undefined;
  host: string;
  /** ISO 8601. */
  startedAt: string;
}

/** A graphic whose id the manifest's own results columns gave; it was not uploaded by this run. */
export interface AdoptedGraphic extends FolderAndName {
  line: number;
  path: string;
  contentType: string;
  /** Lower-case hex. */
  sha256: string;
  bytes: number;
  graphicId: string;
  url: string;
  /** ISO 8601, as the results said. */
  uploadedAt: string;
}

/** A run just recorded. */
export interface RecordedRun {
  runId: number;
  uploads: readonly PlannedRow[];
  /** The item of the first upload; the others' follow in their order. */
  firstItemId: number;
}

const INSERT_RUN = `
INSERT INTO runs (command, manifest, shard, host, service, library, user, machine, pid, started_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Rows written with one call of the driver: calls cost more than rows. */
const PAGE_ROWS = 512;

const INSERT_ITEMS = `
INSERT INTO items (run_id, service, library, folder, name, line, path, content_type, sha256, bytes,
  action, reason, status, replaces)
SELECT ?1, ?2, ?3, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6,
  value->>7, value->>8, value->>9, value->>10
FROM json_each(?4) ORDER BY key`;

/** One row as it is recorded. */
interface Item extends Omit<AdoptedGraphic, "graphicId" | "url" | "uploadedAt"> {
  action: string;
  reason: string;
  status: "not-run" | "adopted";
  replaces: PlannedRow["decision"]["replaces"];
}

/** Records a run, every row it means to send and every graphic it adopts. Part of the caller's transaction. */
export function recordRun(
  database: Database,
  owner: Owner,
  run: RunStart,
  uploads: readonly PlannedRow[],
  adopted: Iterable<AdoptedGraphic>,
): RecordedRun {
  const runId = insertRun(database, owner, run);
  let nextItemId: number | undefined;
  for (const page of pagesOf(uploads)) {
    const firstId = insertItems(database, run, runId, page.map(itemOf));
    if (firstId !== (nextItemId ?? firstId)) throw new Error("the items do not follow one another");
    nextItemId = firstId + page.length;
  }
  for (const page of pagesOf(adopted)) {
    const firstId = insertItems(
      database,
      run,
      runId,
      page.map((one) => ({ ...one, ...ADOPTED })),
    );
    const graphics = page.map((one, index) => ({ ...one, ...TAKEN_OVER, itemId: firstId + index }));
    recordGraphics(database, run, graphics);
    settleAnswered(database, run, graphics);
  }
  return { runId, uploads, firstItemId: (nextItemId ?? 0) - uploads.length };
}

const ADOPTED = {
  action: "unchanged",
  reason: "adopted",
  status: "adopted",
  replaces: undefined,
} as const;

const TAKEN_OVER = { source: "adopted", isPossibleDuplicate: false } as const;

/** An item that the run means to send, or that waits for one. */
export function itemOf({ row, image, decision }: PlannedRow): Item {
  const { folder, name, line, path } = row;
  const { contentType, sha256, sizeBytes: bytes } = image;
  const { reason, replaces } = decision;
  // A row that keeps the id it had under another name is new at its own address.
  const action = decision.action === "unchanged" ? "create" : decision.action;
  const what = { folder, name, line, path, contentType, sha256, bytes };
  return { ...what, action, reason, status: "not-run", replaces };
}

function* pagesOf<T>(rows: Iterable<T>): Generator<T[]> {
  let page: T[] = [];
  for (const row of rows) {
    page.push(row);
    if (page.length < PAGE_ROWS) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Records a run and nothing of what it does; returns its id. Part of the caller's transaction. */
export function insertRun(database: Database, owner: Owner, run: RunStart): number {
  const { command = "apply", manifest, shard = null, host, service, library, startedAt } = run;
  const { user, machine, pid } = owner;
  const what = [command, manifest, shard, host, service, library];
  return database.run(INSERT_RUN, [...what, user, machine, pid, startedAt]).rowId;
}

/** Records items; returns the first one's id, the others' follow in their order. Part of the caller's transaction. */
export function insertItems(
  database: Database,
  { service, library }: TargetKey,
  runId: number,
  items: readonly Item[],
): number {
  const rows = items.map((item) => {
    const { folder, name, line, path, contentType, sha256, bytes } = item;
    const { action, reason, status, replaces } = item;
    const what = [folder, name, line, path, contentType, sha256, bytes];
    return [...what, action, reason, status, replaces?.graphicId ?? null];
  });
  const values = [runId, service, library, JSON.stringify(rows)];
  const { changes, rowId } = database.run(INSERT_ITEMS, values);
  if (changes !== items.length) throw new Error(`${changes} of ${items.length} items recorded`);
  // A new id is the largest one plus one (SQLite, ROWIDs and the INTEGER PRIMARY KEY), and one writer writes.
  return rowId - items.length + 1;
}
