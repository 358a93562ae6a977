import type { Image } from "../manifest/image.ts";
import type { ManifestRow } from "../manifest/manifest.ts";
import type { Action, ActionName, Reason } from "./action.ts";
import type { FolderAndName } from "./recorded.ts";

/** One row that passed validation, with what its file's bytes say. */
export interface Wanted {
  row: ManifestRow;
  image: Image;
}

/** What the plan says of one row. */
export interface Decision {
  action: Exclude<ActionName, "orphan">;
  reason: Reason;
  /** The recorded id the action speaks of. */
  graphicId: string | null;
  /** The recorded graphic this row's takes the place of. */
  replaces: (FolderAndName & { graphicId: string }) | undefined;
}

/** A row, its image, and what apply does about them. */
export interface PlannedRow extends Wanted {
  decision: Decision;
  /** `--share`: rows with the same bytes that take the id this row's upload brings; they have no request of their own. */
  sharedBy?: PlannedRow[];
}

/** A row and the id of its graphic in the library. */
export interface RowWithId {
  planned: PlannedRow;
  graphicId: string;
  url: string;
}

/** Whether apply sends a request for it; a row that shares another's id needs none. */
export function isSent({ action, reason }: Pick<Decision | Action, "action" | "reason">): boolean {
  if (reason === "shared") return false;
  return action === "create" || action === "replace" || reason === "will-retry";
}

/** A planned row as it is printed. */
export function describeAction({ row, image, decision }: PlannedRow): Action & { line: number } {
  const { line, path, name, folder } = row;
  const { contentType, sha256, sizeBytes: bytes } = image;
  const { action, reason, graphicId } = decision;
  const what = { line, path, name, folder, contentType, sha256, bytes };
  return { action, reason, ...what, graphicId };
}
