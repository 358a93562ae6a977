// What commands print with --json. `npm run schemas` writes this file from schemas/.

/** One problem of a manifest */
export interface Problem {
  /** Stable name of the rule */
  code: string;
  /** An `error` forbids apply */
  severity: "error" | "warning" | "note";
  /** What is wrong, with the wrong value in it */
  message: string;
  /** What to do */
  hint: string | null;
  /** The manifest, as it was named */
  file: string;
  /** Line of the manifest where the row starts; the header is line 1 */
  line: number | null;
  /** Position of the cell in the row (CSV), or of the character in the line (YAML) */
  column: number | null;
  /** The manifest field, or the header as written */
  field: string | null;
  /** The wrong value */
  value: string | null;
}

/** `qgfx plan --json` and `qgfx show --json`; `qgfx plan --out` writes it with `saved`. */
export interface PlanDocument {
  /** Version of this format */
  version: 1;
  /** The manifest, as it was named */
  manifest: string;
  /** Where graphics go */
  target: Target;
  /** Counts */
  summary: PlanSummary;
  /** The rows in manifest order, then the orphans, then uploads that got no answer and whose row is gone */
  actions: Action[];
  /** What the plan is bound to; its paths are relative to the plan */
  saved?: SavedPlan | undefined;
}

/** Where graphics go */
export interface Target {
  /** Host of the service, or `sandbox` */
  host: string;
  /** Id of the library, `UR_…` or `GR_…` */
  library: string;
}

/** Counts */
export interface PlanSummary {
  /** Rows to upload for the first time */
  create: number;
  /** Rows that need nothing */
  unchanged: number;
  /** Rows to upload again, under a new id */
  replace: number;
  /** Recorded graphics that no row names */
  orphan: number;
  /** Uploads that got no answer */
  unknown: number;
  /** Bytes to send */
  bytes: number;
}

/** What apply does with one row, or with what is recorded and no row names */
export interface Action {
  /** What apply does with the row */
  action: "create" | "unchanged" | "replace" | "orphan" | "unknown";
  /** Why */
  reason: "new" | "possible-duplicate" | "id-deleted" | "id-replaced" | "shared" | "same-bytes" | "adopted" | "bytes-changed" | "renamed" | "moved" | "moved-and-renamed" | "bytes-and-address-changed" | "not-in-manifest" | "held" | "will-retry" | "will-repeat" | "held-not-in-manifest";
  /** Line of the manifest; `null` for an orphan, and for an unanswered upload whose row is gone */
  line: number | null;
  /** The image's file, as the manifest names it */
  path: string;
  /** Display name in the library */
  name: string;
  /** Folder in the library */
  folder: string;
  /** `image/png`, `image/jpeg` or `image/gif` */
  contentType: string;
  /** Hash of the image's bytes */
  sha256: string;
  /** Size of the image */
  bytes: number;
  /** The recorded id: of the unchanged graphic, of the one replaced, of the orphan */
  graphicId: string | null;
}

/** What the plan is bound to; its paths are relative to the plan */
export interface SavedPlan {
  /** Version that saved it */
  qgfx: string;
  /** When */
  savedAt: string;
  /** The manifest */
  manifestPath: string;
  /** Hash of the manifest's bytes */
  manifestSha256: string;
  /** Hash of what the ledger held for this manifest */
  recordedSha256: string;
  /** The service; `null` for the built-in sandbox */
  baseUrl: string | null;
  /** `--folder` */
  folder: string | null;
  /** `--sheet` */
  sheet: string | null;
  /** `--encoding` */
  encoding?: string | undefined;
  /** The ledger */
  ledger: string;
  /** The results file */
  results: string;
  /** The part it is about, `K/N`; `null` for the whole manifest */
  shard: string | null;
  /** What images must lie under */
  root: string;
  /** Size of the largest image that is taken */
  maxBytes: number;
  /** `--unknown`; `repeat`: it was not given, and uploads that got no answer are asked for again with the same key, where that is safe */
  unknown: "hold" | "repeat" | "retry";
  /** Whether `--share` was given: rows with the same bytes share one id */
  share: boolean;
  /** `--name-quotes`; `percent` if absent */
  nameQuotes?: "percent" | "backslash" | undefined;
}

/** `qgfx apply --json`, one event a line. A run spells `run.started`, then the rows' events in any order, then `run.finished`. Each row spells `item.started`, any number of (`item.retrying`, `item.started`), then `item.finished`; a row that is not sent has `item.finished` alone. An id is in the ledger, flushed to the disk, before its `item.finished` is printed. */
export type RunEvent = RunStarted | ItemStarted | ItemRetrying | ItemFinished | RunFinished;

/** The run begins, after its plan was agreed to */
export interface RunStarted {
  /** The kind of event */
  event: "run.started";
  /** Version of this format */
  version: 1;
  /** When */
  time: string;
  /** The manifest, as it was named */
  manifest: string;
  /** Where graphics go */
  target: Target;
  /** `run.started`: the plan's counts */
  summary: PlanSummary;
}

/** A row's request is about to be sent; the ledger has the intent */
export interface ItemStarted {
  /** The kind of event */
  event: "item.started";
  /** Version of this format */
  version: 1;
  /** When */
  time: string;
  /** Line of the manifest where the row starts; the header is line 1 */
  line: number;
  /** The image's file, as the manifest names it */
  path: string;
  /** Display name in the library */
  name: string;
  /** Folder in the library */
  folder: string;
  /** Number of the attempt, from 1 */
  attempt: number;
}

/** An attempt was refused, or nothing of it was sent; the row is tried again */
export interface ItemRetrying {
  /** The kind of event */
  event: "item.retrying";
  /** Version of this format */
  version: 1;
  /** When */
  time: string;
  /** Line of the manifest where the row starts; the header is line 1 */
  line: number;
  /** The image's file, as the manifest names it */
  path: string;
  /** Display name in the library */
  name: string;
  /** Folder in the library */
  folder: string;
  /** Number of the attempt, from 1 */
  attempt: number;
  /** The next attempt comes no sooner, in ms */
  delayMs: number;
  /** Why the attempt counts as failed */
  reason: string;
  /** HTTP status of the answer; `null` where there was none */
  httpStatus: number | null;
}

/** How a row ended; the ledger has it, unless `error` says otherwise */
export interface ItemFinished {
  /** The kind of event */
  event: "item.finished";
  /** Version of this format */
  version: 1;
  /** When */
  time: string;
  /** Line of the manifest where the row starts; the header is line 1 */
  line: number;
  /** The image's file, as the manifest names it */
  path: string;
  /** Display name in the library */
  name: string;
  /** Folder in the library */
  folder: string;
  /** How the row ended */
  status: "uploaded" | "unchanged" | "failed" | "unknown" | "not-run";
  /** Id of the graphic; `null` where it got none */
  graphicId: string | null;
  /** Where anyone can see the graphic */
  url: string | null;
  /** Hash of the graphic's bytes */
  sha256: string | null;
  /** What went wrong, in words */
  error: string | null;
  /** What the service warned of when it took the image (`meta.warning`) */
  warning: string | null;
}

/** The run is over, and the results are written */
export interface RunFinished {
  /** The kind of event */
  event: "run.finished";
  /** Version of this format */
  version: 1;
  /** When */
  time: string;
  /** `run.finished`: how rows ended */
  summary: RunSummary;
  /** Exit code of the run */
  exitCode: number;
  /** How long the run took, in ms */
  durationMs: number;
  /** Path of the results CSV */
  results: string;
}

/** `run.finished`: how rows ended */
export interface RunSummary {
  /** Rows that were uploaded */
  uploaded: number;
  /** Rows that need nothing */
  unchanged: number;
  /** Rows that failed */
  failed: number;
  /** Uploads that got no answer */
  unknown: number;
  /** Rows that were not tried */
  notRun: number;
}

/** `qgfx results --format … --json`: the ids in a format made to be pasted. */
export interface ExportDocument {
  /** Version of this format */
  version: 1;
  /** The format */
  format: string;
  /** Where it was written; `null` where `text` holds it */
  out: string | null;
  /** What would be printed */
  text: string | null;
  /** Lines of the rows without a graphic in the library */
  withoutGraphic: number[];
}

/** `qgfx resolve --json`: what was settled, and what is still unknown. */
export interface Resolution {
  /** Version of this format */
  version: 1;
  /** Uploads settled now */
  settled: SettledUpload[];
  /** Uploads still unknown */
  unknown: UnknownUpload[];
  /** The list of `--from`; absent without it */
  list?: UsedList | undefined;
}

/** An upload that is settled */
export interface SettledUpload {
  /** Line of the manifest where the row starts; `null` where the row is gone */
  line: number | null;
  /** Folder in the library */
  folder: string;
  /** Display name in the library */
  name: string;
  /** `landed`: it is in the library; `absent`: it is not */
  settled: "landed" | "absent";
  /** Its id; `null` for `absent` */
  graphicId: string | null;
}

/** An upload that got no answer */
export interface UnknownUpload {
  /** Line of the manifest where the row starts; `null` where the row is gone */
  line: number | null;
  /** Folder in the library */
  folder: string;
  /** Display name in the library */
  name: string;
}

/** The list of `--from`; absent without it */
export interface UsedList {
  /** IDs in the list */
  ids: number;
  /** IDs that belong to one row */
  fit: number;
  /** IDs that were left */
  left: {
    /** Line of the list */
    line: number;
    /** What the list says beside the ID */
    text: string;
    /** Id of the graphic */
    graphicId: string;
    /** `no-row`: it belongs to none; `ambiguous`: to one of several; `two-ids`: its row is given several; `recorded`: another upload has it */
    reason: "no-row" | "ambiguous" | "two-ids" | "recorded";
  }[];
}

/** `qgfx adopt --json`: ids taken over from an earlier way of uploading. */
export interface Adoption {
  /** Version of this format */
  version: 1;
  /** The manifest, as it was named */
  manifest: string;
  /** Where the ids come from */
  from: string;
  /** Where graphics go */
  target: Target;
  /** Counts */
  summary: {
    /** Ids taken over */
    adopted: number;
    /** Ids the ledger had */
    alreadyRecorded: number;
    /** Ids that were not taken over */
    refused: number;
  };
  /** The list of `--from`; absent without it */
  list?: UsedList | undefined;
  /** The rows that have an id */
  rows: AdoptedRow[];
}

/** What became of one id */
export interface AdoptedRow {
  /** Line of the manifest where the row starts; the header is line 1 */
  line: number;
  /** The image's file, as the manifest names it */
  path: string;
  /** Display name in the library */
  name: string;
  /** Folder in the library */
  folder: string;
  /** Id of the graphic */
  graphicId: string;
  /** Where it was fetched from */
  url: string;
  /** How the library's bytes compare with the file; `null`: it was recorded already */
  verdict: "exact" | "re-encoded" | "different" | "missing" | "unreachable" | null;
  /** What became of the row */
  status: "adopted" | "already-recorded" | "refused";
  /** What is not as it should be, in words */
  message: string | null;
}

/** `qgfx verify --json`: every recorded graphic, fetched and compared. */
export interface Verification {
  /** Version of this format */
  version: 1;
  /** The manifest, as it was named */
  manifest: string;
  /** Where graphics go */
  target: Target;
  /** Counts */
  summary: {
    /** Graphics with the same bytes */
    exact: number;
    /** Other bytes, but an image of the same width and height */
    reEncoded: number;
    /** Other bytes */
    different: number;
    /** Graphics the service does not have */
    missing: number;
    /** Graphics that could not be asked for */
    unreachable: number;
  };
  /** The rows in manifest order, then the orphans */
  graphics: VerifiedGraphic[];
}

/** One recorded graphic, fetched and compared */
export interface VerifiedGraphic {
  /** Line of the manifest; `null` for an orphan */
  line: number | null;
  /** The image's file, as the manifest names it */
  path: string;
  /** Display name in the library */
  name: string;
  /** Folder in the library */
  folder: string;
  /** Id of the graphic */
  graphicId: string;
  /** Where it was fetched from */
  url: string;
  /** Hash of the bytes that were sent */
  sha256: string;
  /** How the library's bytes compare with those */
  verdict: "exact" | "re-encoded" | "different" | "missing" | "unreachable";
  /** What is not as recorded, in words; `null` for `exact` */
  message: string | null;
}

/** `qgfx merge --json`: what the shards' ledgers brought, or what stands in the way ([sharding](sharding.md)). */
export interface MergeDocument {
  /** Version of this format */
  version: 1;
  /** False: there are conflicts, and nothing was written */
  merged: boolean;
  /** The ledger that took the others in */
  ledger: string;
  /** The ledgers that were taken in */
  ledgers: string[];
  /** What was new to it */
  added: {
    /** Runs */
    runs: number;
    /** Rows, each once for every run that meant to send it */
    rows: number;
    /** Uploads tried */
    attempts: number;
    /** Graphics */
    graphics: number;
    /** Deletions tried */
    deletions: number;
  };
  /** Folders and names with two current graphics */
  conflicts: MergeConflict[];
  /** How the manifest's rows stand; `null` where nothing was written */
  summary: RunSummary | null;
  /** The results CSV; `null` where nothing was written */
  results: string | null;
}

/** A folder and name with two current graphics */
export interface MergeConflict {
  /** Line of the manifest; `null` where no row has this folder and name */
  line: number | null;
  /** The library */
  library: string;
  /** Folder in the library */
  folder: string;
  /** Display name in the library */
  name: string;
  /** The two graphics */
  graphics: {
    /** Id of the graphic */
    graphicId: string;
    /** When it was uploaded */
    uploadedAt: string;
    /** The ledger that says so */
    ledger: string;
  }[];
}
