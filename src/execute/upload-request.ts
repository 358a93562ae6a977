import type { ContentType } from "../manifest/image.ts";
import type { FolderAndName } from "../plan/recorded.ts";

/** The request of one attempt, complete but for the token. */
export interface UploadRequest extends FolderAndName {
  contentType: ContentType;
  bytes: Uint8Array;
}
