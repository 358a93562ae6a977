import { addressKey, type FolderAndName } from "../plan/recorded.ts";
import type { Upload } from "../plan/upload.ts";
import type { Database } from "./database.ts";
import type { Owner } from "./holder.ts";
import type { Target } from "./read-recorded.ts";
import { recordGraphic } from "./write-graphic.ts";

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

const INSERT_ITEM = `
INSERT INTO items (run_id, service, library, folder, name, line, path, content_type, sha256, bytes,
  action, reason, status, replaces)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

type Item = Omit<Upload, "action" | "contentType" | "replaces"> & {
  action: string;
  contentType: string;
  replaces: Upload["replaces"];
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
  for (const upload of uploads) {
    const item = { ...upload, status: "not-run" } as const;
    itemIds.set(addressKey(upload), insertItem(database, run, runId, item));
  }
  for (const graphic of adopted) adopt(database, run, runId, graphic);
  return { runId, itemIds };
}

/** Records a run and nothing of what it does; returns its id. Part of the caller's transaction. */
export function insertRun(database: Database, owner: Owner, run: RunStart): number {
  const { command = "apply", manifest, shard = null, host, service, library, startedAt } = run;
  const { user, machine, pid } = owner;
  const what = [command, manifest, shard, host, service, library];
  return database.run(INSERT_RUN, [...what, user, machine, pid, startedAt]).rowId;
}

function adopt(database: Database, run: RunStart, runId: number, graphic: AdoptedGraphic): void {
  const item = { action: "unchanged", reason: "adopted", status: "adopted" } as const;
  const itemId = insertItem(database, run, runId, { ...graphic, ...item, replaces: undefined });
  const { service, library, manifest } = run;
  const how = { source: "adopted", isPossibleDuplicate: false } as const;
  recordGraphic(database, { ...graphic, ...how, service, library, manifest, itemId });
}

function insertItem(
  database: Database,
  { service, library }: Target,
  runId: number,
  item: Item,
): number {
  return database.run(INSERT_ITEM, [
    runId,
    service,
    library,
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
  ]).rowId;
}
