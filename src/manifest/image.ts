import type { Diagnostic } from "./diagnostic.ts";

/** The content types the service takes (qualtrics-api: Upload). */
export const CONTENT_TYPES = ["image/png", "image/jpeg", "image/gif"] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];

/** What a file's own bytes say of it. */
export interface Image {
  contentType: ContentType;
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
  widthPx: number;
  heightPx: number;
}

/** Why a file cannot be uploaded; the row it stands in gives it its place. */
export type ImageProblem = Pick<Diagnostic, "code" | "message"> & {
  hint: string;
  /** `warning`: it can be uploaded, and somebody should look at it; `error` without. */
  severity?: "warning";
  /** The path that was meant: it exists, and differs only in what people and programs get wrong. */
  meantPath?: string;
};

/**
 * What shows, without a look into a file, that it is as it was: together with its path and size. Times are
 * doubles: they tell a quarter of a microsecond apart, and no two writes are as near as that.
 */
export interface FileStamp {
  /** Since 1970. */
  mtimeMs: number;
  /** Since 1970; no program can set it. */
  ctimeMs: number;
  inode: number;
}

/** Either what the file is, with the stamp by which it can be known again if it has one, or what is wrong with it. */
export type Inspection =
  | { image: Image; stamp?: FileStamp | undefined; warning?: ImageProblem | undefined }
  | { problem: ImageProblem };

/** What a file held when it bore this stamp. */
export interface KnownImage {
  /** As the manifest writes it. */
  path: string;
  image: Image;
  stamp: FileStamp;
}
