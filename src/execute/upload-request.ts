import type { ContentType } from "../manifest/image.ts";
import type { FolderAndName } from "../plan/recorded.ts";

/** The request of one attempt, complete but for the token. */
export interface UploadRequest extends FolderAndName {
  contentType: ContentType;
  bytes: Uint8Array;
  /** Free memory around `bytes` in the same buffer, for one body to be built around them; none: a copy is made. */
  room?: Room | undefined;
}

/** How much of a buffer before and after its picture is free. */
export interface Room {
  beforeBytes: number;
  afterBytes: number;
  /** To be called once nobody will read the picture or what was built around it: others may use the memory. */
  release(): void;
}
