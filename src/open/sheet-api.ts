import { z } from "zod";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { Field, ManifestRow } from "../manifest/manifest.ts";
import type { PlanDocument } from "../plan/plan-document.ts";

/** What is wrong and what to do, as `--json` prints it. */
export interface Refusal {
  version: 1;
  error: { code: string; message: string; hint: string | null };
}

/** The open sheet without its rows. */
export interface SheetHead {
  /** Relative to the directory. */
  file: string;
  format: "csv" | "yaml" | "xlsx";
  /** Counts every change of the draft; starts at 1. */
  revision: number;
  isChanged: boolean;
  /** Words for what `undo` and `redo` would do; null: there is nothing. */
  undo: string | null;
  redo: string | null;
  /** Unsaved changes that an earlier process left, kept in the draft: when the last was made (ISO 8601). */
  recoveredAt: string | null;
  /** Whether the file on disk has changed since the draft began. */
  isChangedOnDisk: boolean;
}

/** GET `start`: what can be opened. */
export interface StartDocument {
  version: 1;
  sheets: { file: string; rows: number | null; problem: string | null }[];
  /** Directories with pictures; `.` is the directory itself. */
  pictures: { directory: string; count: number }[];
}

/** GET `sheet`; POST `open`, `reload`, `sheet` answer it, too. */
export interface SheetDocument {
  version: 1;
  head: SheetHead;
  columns: GridColumn[];
  rows: GridRow[];
  /** Why no rows can be read; the rows are then empty. */
  problem: Refusal["error"] | null;
  /** A workbook's sheets, where it has several; POST `sheet {name}` reads another. */
  workbook: {
    sheets: string[];
    /** Null: which is meant cannot be told, or it is not there. */
    read: string | null;
  } | null;
}

export interface GridColumn {
  /** Position in `GridRow.cells`. */
  index: number;
  header: string;
  /** The field it fills; null: the user's own column. */
  field: Field | null;
}

/** A row as the rules see it: with the name that is the file's, the folder that is the default. */
export interface GridRow extends Pick<ManifestRow, "line" | "path" | "name" | "folder"> {
  /** Stays the same as long as the process lives, whatever is inserted or removed above. */
  id: number;
  cells: string[];
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
  images: Record<
    number,
    {
      /** As the row had it then. */
      path: string;
      type: string;
      widthPx: number;
      heightPx: number;
      sizeBytes: number;
      /** Another where the bytes are others. */
      mark: string;
    }
  >;
}

export interface SheetProblem
  extends Pick<Diagnostic, "code" | "severity" | "message" | "hint" | "line"> {
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
  /** How to see what is replaced, and the orphans; null: there is no plan. */
  oldPictures: {
    /** Whether GET `picture/…?old` gives them. */
    isShown: boolean;
    /** Where anyone can see them by their ids (`graphicUrl`); null: the embedded sandbox has no address that lasts. */
    origin: string | null;
  } | null;
  /** What the job told beside it. */
  notes: string[];
  problem: Refusal["error"] | null;
}

/** POST `undo` and `redo`. */
export const stepSchema = z.strictObject({ base: z.int().positive() });

/** POST `repair`. */
export const repairSchema = z.strictObject({
  base: z.int().positive(),
  which: z.union([z.literal("all"), z.int().nonnegative()]),
});
export type RepairWanted = z.infer<typeof repairSchema>;

/** POST `save`. */
export const saveSchema = z.strictObject({
  base: z.int().positive(),
  conflicts: z
    .array(
      z.strictObject({
        row: z.int().nonnegative(),
        column: z.int().nonnegative(),
        keep: z.enum(["yours", "file"]),
      }),
    )
    .default([]),
});
export type SaveWanted = z.infer<typeof saveSchema>;

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

/** POST `sheet`: the sheet of the open workbook that is read from now on. */
export const otherSheetSchema = z.strictObject({ name: z.string().max(255) });

/** POST `open`: a sheet, or a directory to make one of. */
export const openSchema = z.union([
  z.strictObject({ file: z.string().max(4_096) }),
  z.strictObject({ directory: z.string().max(4_096) }),
]);
