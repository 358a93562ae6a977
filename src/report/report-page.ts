import type { Status } from "../execute/outcome.ts";
import type { Action } from "../plan/action.ts";
import type { FolderAndName } from "../plan/recorded.ts";
import type { PrintedTarget } from "../plan/target.ts";

/** A picture as the page can show it: its bytes inside the page, or why they are not. */
export type ShownImage =
  | { kind: "embedded"; contentType: string; base64: string }
  | { kind: "absent"; why: string };

/** The graphic that a replacement takes the place of, or that an unanswered one was to replace. */
export interface OldGraphic extends FolderAndName {
  graphicId: string;
  /** Undefined where its bytes are those of the row's own picture. */
  image: ShownImage | undefined;
}

/** One row, or what is recorded and no row names. */
export interface ReportRow {
  action: Action;
  /** What became of it; undefined on the page of a plan, and for what no row names. */
  result: { status: Status; error: string | null } | undefined;
  /** The id that is current at the row's address; null where there is none. */
  graphicId: string | null;
  /** Where that graphic can be seen; null where nobody could follow the link. */
  url: string | null;
  widthPx: number | undefined;
  heightPx: number | undefined;
  image: ShownImage;
  old: OldGraphic | undefined;
}

/** All that one page shows. */
export interface ReportPage {
  kind: "plan" | "apply";
  /** As the user named it. */
  manifest: string;
  target: PrintedTarget;
  /** ISO 8601. */
  madeAt: string;
  /** The summary line of the terminal. */
  summary: string;
  /** As the plan has them. */
  rows: readonly ReportRow[];
}

/** How a row is counted and coloured: how it ended, or what would be done with it. */
export type RowState = Status | Action["action"];

/** The state of a row on its page. */
export function stateOf({ action, result }: Pick<ReportRow, "action" | "result">): RowState {
  return result?.status ?? action.action;
}
