import type { RunState, TargetState } from "./run-api.ts";
import type { SheetChange, SheetHead } from "./sheet-api.ts";

export type * from "./run-api.ts";
export type * from "./sheet-api.ts";

/**
 * What the page of `qgfx open` and its server say to each other. Every address is below `/api/`; bodies are JSON.
 * A request that cannot be met is answered with `Refusal`: 400 malformed, 404 not there, 409 the page is behind
 * (`STALE`) or a run is under way (`BUSY`), 422 the user has something to put right.
 *
 * sheet-api.ts has the sheet, its problems and its plan; run-api.ts the target, runs and the record.
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
