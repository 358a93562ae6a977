import type { Status } from "../execute/outcome.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { Action } from "../plan/planned-row.ts";
import type { PrintedTarget } from "../plan/printed-fields.ts";
import type { FolderAndName } from "../plan/recorded.ts";

/** A picture as the page can show it: its bytes inside the page, or why they are not. */
export type ShownImage =
  | { kind: "embedded"; contentType: string; base64: string }
  | { kind: "absent"; why: string };

/** The graphic that a replacement takes the place of, or that an unanswered one was to replace. */
interface OldGraphic extends FolderAndName {
  graphicId: string;
  /** Undefined where its bytes are those of the row's own picture. */
  image: ShownImage | undefined;
}

/** A problem as a page shows it. */
export type Fault = Pick<Diagnostic, "severity" | "code" | "message" | "hint" | "line" | "field">;

/** A row; what is done with it is not known where the manifest has errors. */
type ShownAction = Pick<Action, "line" | "path" | "name" | "folder" | "contentType" | "bytes"> &
  Partial<Pick<Action, "action" | "reason">>;

/** One row, or what is recorded and no row names. */
export interface ReportRow {
  action: ShownAction;
  /** What is wrong with it. */
  faults: readonly Fault[];
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
  /** Undefined where the manifest has errors: nothing is sent anywhere. */
  target: PrintedTarget | undefined;
  /** ISO 8601. */
  madeAt: string;
  /** The summary line of the terminal. */
  summary: string;
  /** What is wrong with the manifest beside its rows. */
  faults: readonly Fault[];
  /** As the plan has them. */
  rows: readonly ReportRow[];
}

/** How a row is counted and colored: how it ended, what would be done with it, or whether it has errors. */
export type RowState = Status | Action["action"] | "faulty" | "fine";

/** The state of a row on its page. */
export function stateOf({
  action,
  result,
  faults,
}: Pick<ReportRow, "action" | "result" | "faults">): RowState {
  const isFaulty = faults.some(({ severity }) => severity === "error");
  return result?.status ?? action.action ?? (isFaulty ? "faulty" : "fine");
}

/** Base64 makes four characters of three bytes (RFC 4648 §4). */
export function embeddedChars(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 3) * 4;
}
