import { z } from "zod";
import type { DeletionDocument } from "../report/deletion-document.ts";
import type { EXPORT_TITLES, ExportFormat } from "../report/exported-row.ts";
import type { PastRun } from "../report/ledger-documents.ts";
import type { RunSummary } from "../report/summary.ts";
import type { Refusal, SheetChange, SheetHead } from "./sheet-api.ts";

/**
 * What the page of `qgfx open` and its server say to each other. Every address is below `/api/`; bodies are JSON.
 * A request that cannot be met is answered with `Refusal`: 400 malformed, 404 not there, 409 the page is behind
 * (`STALE`) or a run is under way (`BUSY`), 422 the user has something to put right.
 *
 * sheet-api.ts has the sheet, its problems and its plan; this file the state, the target, runs and the record.
 *
 * Without a document of their own: GET `picture/ROW` the file's bytes, through the checks of an upload, by draft row id; GET `picture/ROW?old`
 * the graphic that it replaces, `picture/IM_…?old` an orphan, where `PlanState.oldPictures` says that they are shown. POST `pictures?name=F` (raw bytes) copies a picture beside the
 * sheet (none is open: into the directory), answer `{path}`; the page then adds rows with `edits`. POST `open {file}` or `{directory}` (init), `close`,
 * `discard` (recovered changes), `reload` (the file's bytes become the draft), `check {}` (images may have changed on
 * disk: the events `validation` and `plan` follow).
 */

/** GET `state`: all that a page needs to draw its frame; sent again as the event `state` when it changes. */
export interface StateDocument {
  version: 1;
  /** Directory that the process serves, as its owner sees it. */
  directory: string;
  /** The open sheet; null: the start screen. */
  sheet: SheetHead | null;
  target: TargetState;
  /** The run under way, or the last one of this process. */
  run: RunState | null;
}

/**
 * GET `events`: server-sent events. `state` StateDocument; `change` SheetChange; `validation` and `plan` {revision};
 * `run` RunState, at most ten a second. The first event of a stream is `state`.
 */
export interface Events {
  state: StateDocument;
  change: SheetChange;
  validation: { revision: number };
  plan: { revision: number };
  run: RunState;
}

export type TargetState =
  | { kind: "sandbox"; host: string; library: string }
  | {
      kind: "service";
      host: string | null;
      library: string | null;
      /** The library's name where the service told it. */
      libraryName: string | null;
      /** Whether there is a token; the token itself never leaves the server. */
      hasToken: boolean;
      /** Why uploads cannot go there yet; null: they can. */
      problem: Refusal["error"] | null;
    };

/** POST `target`: checks first; the answer is `StateDocument`. POST `libraries` takes the same without the library. */
export const targetSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sandbox") }),
  z.strictObject({
    kind: z.literal("service"),
    host: z.string().max(300),
    /** Absent: the one that is kept. */
    token: z.string().max(1_000).optional(),
    library: z.string().max(100).optional(),
    /** Whether it is kept for this user, as `qgfx setup` keeps it. */
    keep: z.boolean(),
  }),
]);
export type TargetWanted = z.infer<typeof targetSchema>;
/** The body of POST `libraries`, which answers what `qgfx libraries --json` prints. */
export const librariesSchema = targetSchema.options[1].omit({ library: true, keep: true });

/** POST `run`: 409 `COUNTS_CHANGED` where it is not what was shown. Answers 202 with `RunState`. */
export const runSchema = z.strictObject({
  revision: z.int().positive(),
  uploads: z.int().positive(),
  bytes: z.int().nonnegative(),
  library: z.string(),
  /** Whether uploads that got no answer are sent again. */
  unknown: z.enum(["hold", "retry"]),
});
export type RunWanted = z.infer<typeof runSchema>;

/** POST `stop {now: boolean}`. */
export const stopSchema = z.strictObject({ now: z.boolean() });

export interface RunState {
  /** Counts the runs of this process. */
  number: number;
  what: "upload" | "deletion";
  phase: "running" | "stopping" | "ended";
  /** ISO 8601. */
  startedAt: string;
  library: string;
  host: string;
  /** Rows to be sent. */
  total: number;
  /** Of those, how many ended each way; of a deletion `uploaded` counts what was deleted. */
  uploaded: number;
  failed: number;
  unknown: number;
  notRun: number;
  /** A minute, over the last ten seconds. */
  rate: number;
  /** Milliseconds, at that rate; null: not known. */
  leftMs: number | null;
  /** Rows that failed or are unknown, first 200, and the last 20 that went well. */
  troubled: RunRow[];
  recent: RunRow[];
  /** What the run told: warnings, notices, why it stopped. */
  messages: { isWarning: boolean; text: string }[];
  exitCode: number | null;
  summary: RunSummary | null;
  durationMs: number | null;
}

/** A row, or a place in the library at which no row is now. */
interface RowPlace {
  row: number | null;
  line: number | null;
  path: string;
  name: string;
  folder: string;
}

export interface RunRow extends RowPlace {
  status: "uploaded" | "failed" | "unknown" | "not-run" | "retrying" | "deleted";
  graphicId: string | null;
  error: string | null;
}

/** GET `results`: how each row stands, by the record. */
export interface ResultsDocument {
  version: 1;
  library: string;
  rows: (RowPlace & {
    line: number;
    status: string;
    graphicId: string | null;
    url: string | null;
    uploadedAt: string | null;
    error: string | null;
  })[];
}

/** GET `unknowns`. POST `settle` answers what is left: an id of null says that it is not in the library. */
export interface UnknownsDocument {
  version: 1;
  unknowns: (RowPlace & { sentAt: string })[];
}
export const settleSchema = z.strictObject({
  folder: z.string(),
  name: z.string(),
  graphicId: z.string().max(100).nullable(),
});
export type Settlement = z.infer<typeof settleSchema>;

/**
 * GET `exports`: the formats of `results --format`. GET `export?format=…&groupBy=…&columns=…` previews; POST `export` saves in the
 * directory. POST `questions?template=NAME&groupBy=…&columns=…`, an exported survey its body, previews copies of the
 * question in it; with `&file=…` it saves them.
 */
export interface ExportsDocument {
  version: 1;
  formats: (Required<(typeof EXPORT_TITLES)[ExportFormat]> & { format: string })[];
}
export interface ExportDocument {
  version: 1;
  format: string;
  /** Null where it was saved. */
  text: string | null;
  /** Where it was saved. */
  file: string | null;
  notes: string[];
}
export const exportSchema = z.strictObject({
  format: z.string(),
  file: z.string().max(255),
  /** Column whose texts make groups, and the one that decides which field of its group a row is. */
  groupBy: z.string().optional(),
  columns: z.string().optional(),
});
export type ExportWanted = z.infer<typeof exportSchema>;

/** GET `history`; `counts`: "37 uploaded, 1 failed". */
export interface HistoryDocument {
  version: 1;
  runs: (Pick<
    PastRun,
    "run" | "command" | "startedAt" | "finishedAt" | "exitCode" | "library" | "host"
  > & { counts: string; canUndo: boolean })[];
}

/**
 * GET `deletions?run=N` or `deletions?orphans`: what would go. POST `delete` does it: 409 `COUNTS_CHANGED` where the
 * count differs, 409 `OTHERS_ASKED` where others recorded some of them: its message is a question, and `others` its yes.
 */
export interface DeletionsDocument {
  version: 1;
  document: DeletionDocument | null;
  /** Who else recorded some of them: asked once more. Null: nobody. */
  others: string | null;
  notes: string[];
}
export const deleteSchema = z.strictObject({
  run: z.int().positive().nullable(),
  /** `summary.delete` of the document. */
  count: z.int().nonnegative(),
  others: z.boolean(),
});
export type DeletionWanted = z.infer<typeof deleteSchema>;
