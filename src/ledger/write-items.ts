import { addressKey, type FolderAndName } from "../plan/recorded.ts";
import type { Upload } from "../plan/upload.ts";
import type { Database } from "./database.ts";
import type { Owner } from "./holder.ts";
import type { Target } from "./read-recorded.ts";
import { recordGraphics } from "./write-graphic.ts";

/** What makes a run: a command that changes the record. */
export type RunCommand = "apply" | "adopt" | "prune" | "undo";

/** What a run is about. */
export interface RunStart extends Target {
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
  /** The item of each upload, by `addressKey`. */
  itemIds: ReadonlyMap<string, number>;
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

type Item = Omit<Upload, "action" | "contentType"> & {
  action: string;
  contentType: string;
  status: "not-run" | "adopted";
};

/** Records a run, every row it means to send and every graphic it adopts. Part of the caller's transaction. */
export function recordRun(
  database: Database,
  owner: Owner,
  run: RunStart,
  uploads: readonly Upload[],
  adopted: readonly AdoptedGraphic[],
): RecordedRun {
  const runId = insertRun(database, owner, run);
  const itemIds = new Map<string, number>();
  for (const page of pagesOf(uploads)) {
    const items = page.map((upload) => ({ ...upload, status: "not-run" }) as const);
    const firstId = insertItems(database, run, runId, items);
    for (const [index, upload] of page.entries()) itemIds.set(addressKey(upload), firstId + index);
  }
  for (const page of pagesOf(adopted)) adopt(database, run, runId, page);
  return { runId, itemIds };
}

function* pagesOf<T>(rows: readonly T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += PAGE_ROWS) {
    yield rows.slice(start, start + PAGE_ROWS);
  }
}

/** Records a run and nothing of what it does; returns its id. Part of the caller's transaction. */
export function insertRun(database: Database, owner: Owner, run: RunStart): number {
  const { command = "apply", manifest, shard = null, host, service, library, startedAt } = run;
  const { user, machine, pid } = owner;
  const what = [command, manifest, shard, host, service, library];
  return database.run(INSERT_RUN, [...what, user, machine, pid, startedAt]).rowId;
}

function adopt(
  database: Database,
  run: RunStart,
  runId: number,
  graphics: readonly AdoptedGraphic[],
): void {
  const item = { action: "unchanged", reason: "adopted", status: "adopted" } as const;
  const items = graphics.map((graphic) => ({ ...graphic, ...item, replaces: undefined }));
  const firstId = insertItems(database, run, runId, items);
  const how = { source: "adopted", isPossibleDuplicate: false } as const;
  const current = graphics.map((one, index) => ({ ...one, ...how, itemId: firstId + index }));
  recordGraphics(database, run, current);
}

/** Returns the first item's id; the others' follow in their order. */
function insertItems(
  database: Database,
  { service, library }: Target,
  runId: number,
  items: readonly Item[],
): number {
  const rows = items.map((item) => [
    item.folder,
    item.name,
    item.line,
    item.path,
    item.contentType,
    item.sha256,
    item.bytes,
    item.action,
    item.reason,
    item.status,
    item.replaces?.graphicId ?? null,
  ]);
  const values = [runId, service, library, JSON.stringify(rows)];
  const { changes, rowId } = database.run(INSERT_ITEMS, values);
  if (changes !== items.length) throw new Error(`${changes} of ${items.length} items recorded`);
  // A new id is the largest one plus one (SQLite, ROWIDs and the INTEGER PRIMARY KEY), and one writer writes.
  return rowId - items.length + 1;
}
