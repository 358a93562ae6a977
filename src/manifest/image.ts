import type { Diagnostic } from "./diagnostic.ts";
import type { FileStamp } from "./known-image.ts";

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
  /** The path that was meant: it exists, and differs only in what people and programs get wrong. */
  meantPath?: string;
};

/** Either what the file is, with the stamp by which it can be known again if it has one, or what is wrong with it. */
export type Inspection =
  | { image: Image; stamp?: FileStamp | undefined }
  | { problem: ImageProblem };
