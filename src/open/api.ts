import { z } from "zod";
import type { RunSummary } from "../report/summary.ts";
import type { DeletionDocument } from "../report/deletion-document.ts";
import type { Field } from "../manifest/manifest.ts";
import type { PlanDocument } from "../plan/plan-document.ts";

/**
 * What the page of `qgfx open` and its server say to each other. Every address is below `/api/`; bodies are JSON.
 * A request that cannot be met is answered with `Refusal`: 400 malformed, 404 not there, 409 the page is behind
 * (`STALE`) or a run is under way (`BUSY`), 422 the user has something to put right.
 */

/** What is wrong and what to do, as `--json` prints it. */
export interface Refusal {
  version: 1;
  error: { code: string; message: string; hint: string | null };
}

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

/** The open sheet without its rows. */
export interface SheetHead {
  /** Relative to the directory. */
  file: string;
  format: "csv" | "yaml" | "xlsx";
  /** Counts every change of the draft; starts at 1. */
  revision: number;
  /** Whether the draft differs from the file. */
  isChanged: boolean;
  /** Words for what `undo` and `redo` would do; null: there is nothing. */
  undo: string | null;
  redo: string | null;
  /** Unsaved changes that an earlier process left, kept in the draft: when the last was made (ISO 8601). */
  recoveredAt: string | null;
  /** Whether the file on disk has changed since the draft began. */
  isChangedOnDisk: boolean;
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

/** GET `start`: what can be opened. */
export interface StartDocument {
  version: 1;
  sheets: { file: string; rows: number | null; problem: string | null }[];
  /** Directories with pictures; `.` is the directory itself. */
  pictures: { directory: string; count: number }[];
}

/** GET `sheet`; POST `open`, `reload` answer it, too. */
export interface SheetDocument {
  version: 1;
  head: SheetHead;
  columns: GridColumn[];
  rows: GridRow[];
  /** Why no rows can be read; the rows are then empty. */
  problem: Refusal["error"] | null;
}

export interface GridColumn {
  /** Position in `GridRow.cells`. */
  index: number;
  header: string;
  /** The field it fills; null: the user's own column. */
  field: Field | null;
  /** Whether its cells can be edited; results columns are not shown at all. */
  isEditable: boolean;
}

export interface GridRow {
  /** Stays the same as long as the process lives, whatever is inserted or removed above. */
  id: number;
  /** 1-based line of the file where the row starts. */
  line: number;
  cells: string[];
  /** As the rules see them: the name that is the file's, the folder that is the default. */
  path: string;
  name: string;
  folder: string;
}

/** What a change did to the sheet; the answer of `edits`, `undo`, `redo`, `repair`, `save`, `pictures`, and the event `change`. */
export interface SheetChange {
  version: 1;
  head: SheetHead;
  /** The revision that this is a change of: a page at another one gets the sheet anew. */
  base: number;
  /** Null: as before. */
  columns: GridColumn[] | null;
  /** Rows that are new or hold something else (their line may have moved without being in here: see `lines`). */
  changed: GridRow[];
  /** Line of each row, in order, where a line moved; absent: the rows' own lines hold. */
  lines?: number[];
  /** Ids of all rows in order; null: the same rows as before, in the same order. */
  order: number[] | null;
  /** What to tell, one sentence each ("2 cells of the file were kept"). */
  notes: string[];
}

/** POST `edits`. One request is one entry of undo. */
export const editsSchema = z.strictObject({
  base: z.int().positive(),
  /** What undo calls it: "fill down", "3 rows removed". */
  label: z.string().max(80),
  ops: z
    .array(
      z.discriminatedUnion("op", [
        z.strictObject({
          op: z.literal("set"),
          row: z.int().nonnegative(),
          column: z.int().nonnegative(),
          text: z.string().max(32_767),
        }),
        z.strictObject({ op: z.literal("remove"), rows: z.array(z.int().nonnegative()) }),
        z.strictObject({
          op: z.literal("add"),
          rows: z.array(z.strictObject({ path: z.string(), name: z.string(), folder: z.string() })),
        }),
        /** Adds the column of a field that the sheet lacks, at its end, empty. */
        z.strictObject({
          op: z.literal("add-column"),
          field: z.enum(["name", "contentType", "folder"]),
        }),
      ]),
    )
    .max(200_000),
});
export type Edits = z.infer<typeof editsSchema>;

/** GET `validation`: 300 ms after the last edit the server checks anew and sends the event `validation {revision}`. */
export interface ValidationDocument {
  version: 1;
  /** The revision that was checked; older than the sheet's: a check is under way. */
  revision: number;
  diagnostics: SheetProblem[];
  /** What is known of the rows' pictures, by row id. */
  images: Record<number, { type: string; widthPx: number; heightPx: number; sizeBytes: number }>;
}

export interface SheetProblem {
  code: string;
  severity: "error" | "warning" | "note";
  message: string;
  hint: string | null;
  line: number | null;
  /** Id of the row; null: about the sheet. */
  row: number | null;
  /** Position in `GridRow.cells`; null: about the row. */
  column: number | null;
  /** Number for POST `repair`; null: no exact repair. */
  repair: number | null;
}

/** GET `repairs`: what "Repair all" would do; POST `repair {base, which: number | "all"}`. */
export interface RepairsDocument {
  version: 1;
  revision: number;
  changes: { line: number; field: string | null; from: string; to: string }[];
}

/** GET `plan`: the event `plan {revision}` says when it is ready. */
export interface PlanState {
  version: 1;
  revision: number;
  /** Null: the sheet has errors, or `problem`. */
  plan: PlanDocument | null;
  /** Ids of the rows of `plan.actions`, in its order; null: no row (orphans, unknowns whose row is gone). */
  rows: (number | null)[];
  /** Shortest time for the uploads at the allowed rate, in ms. */
  shortestMs: number;
  /** What the job told beside it. */
  notes: string[];
  problem: Refusal["error"] | null;
}

/** POST `save {base, conflicts?: {row, column, keep}[]}` answers `SheetChange` or, with 409, this. */
export interface SaveConflicts {
  version: 1;
  /** The same cell was changed here and in the file. */
  conflicts: {
    row: number;
    column: number;
    header: string;
    path: string;
    yours: string;
    file: string;
    was: string;
  }[];
}

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

/** Answer of POST `libraries`. */
export interface LibrariesDocument {
  version: 1;
  libraries: { libraryId: string; libraryName: string }[];
}

/** POST `run`: 409 where the counts are not those shown. Answers 202 with `RunState`. */
export const runSchema = z.strictObject({
  revision: z.int().positive(),
  uploads: z.int().positive(),
  bytes: z.int().nonnegative(),
  library: z.string(),
  /** Whether uploads that got no answer are sent again. */
  unknown: z.enum(["hold", "retry"]),
});

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
  /** Of those, how many ended each way. */
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
  /** Once it has ended. */
  exitCode: number | null;
  summary: RunSummary | null;
  durationMs: number | null;
}

export interface RunRow {
  row: number | null;
  line: number;
  path: string;
  name: string;
  folder: string;
  status: "uploaded" | "failed" | "unknown" | "not-run" | "retrying" | "deleted";
  graphicId: string | null;
  error: string | null;
}

/** GET `results`: how each row stands, by the record. */
export interface ResultsDocument {
  version: 1;
  library: string;
  rows: {
    row: number | null;
    line: number;
    path: string;
    name: string;
    folder: string;
    status: string;
    graphicId: string | null;
    url: string | null;
    uploadedAt: string | null;
    error: string | null;
  }[];
}

/** GET `unknowns`. POST `settle {line, landed: IM_… | null}`: null says that it is not in the library. */
export interface UnknownsDocument {
  version: 1;
  unknowns: {
    row: number | null;
    line: number | null;
    path: string;
    name: string;
    folder: string;
    sentAt: string;
  }[];
}
export const settleSchema = z.strictObject({
  folder: z.string(),
  name: z.string(),
  graphicId: z.string().max(100).nullable(),
});

/** GET `exports`: the formats of `results --format`. GET `export?format=…` previews; POST `export` saves in the directory. */
export interface ExportsDocument {
  version: 1;
  formats: { format: string; title: string; extension: string }[];
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
export const exportSchema = z.strictObject({ format: z.string(), file: z.string().max(255) });

/** GET `history`. */
export interface HistoryDocument {
  version: 1;
  runs: {
    run: number;
    command: string;
    startedAt: string;
    finishedAt: string | null;
    exitCode: number | null;
    library: string;
    host: string;
    /** "37 uploaded, 1 failed". */
    counts: string;
    canUndo: boolean;
  }[];
}

/** GET `deletions?run=N` or `deletions?orphans`: what would go. POST `delete` does it: 409 where the count differs. */
export interface DeletionsDocument {
  version: 1;
  document: DeletionDocument | null;
  /** Whose graphics are among them, where others recorded some: asked once more. */
  others: string | null;
  notes: string[];
}
export const deleteSchema = z.strictObject({
  run: z.int().positive().nullable(),
  count: z.int().positive(),
  others: z.boolean(),
});

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

/**
 * Others: GET `picture/ROW` the file's bytes, through the checks of an upload, by draft row id; GET `picture/ROW?old`
 * the graphic that stands in the library (sandbox only). POST `pictures?name=F` (raw bytes) copies a picture beside the
 * sheet, answer `{path}`; the page then adds rows with `edits`. POST `open {file}` or `{directory}` (init), `close`,
 * `discard` (recovered changes), `reload` (the file's bytes become the draft).
 */
export const openSchema = z.union([
  z.strictObject({ file: z.string().max(4_096) }),
  z.strictObject({ directory: z.string().max(4_096) }),
]);
