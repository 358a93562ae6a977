import type { ContentType } from "../manifest/image.ts";
import type { Reason } from "./action.ts";
import type { FolderAndName } from "./recorded.ts";

/** One row the run will send: the planner's create, replace, or unknown with leave to retry. */
export interface Upload extends FolderAndName {
  line: number;
  path: string;
  contentType: ContentType;
  /** Lower-case hex, of the bytes the plan was made from. */
  sha256: string;
  bytes: number;
  action: "create" | "replace" | "unknown";
  reason: Reason;
  /** The recorded graphic this upload takes the place of. */
  replaces: (FolderAndName & { graphicId: string }) | undefined;
  /** `--share`: rows with the same bytes that take the id this upload brings; they have no request of their own. */
  sharedBy?: readonly Upload[];
}
