import { type Answer, errorAnswer } from "./answer.ts";

/** The largest picture taken; the general limit of 5 MB, read as MiB (qualtrics-api: Upload). */
export const MAX_GRAPHIC_BYTES = 5 * 1024 * 1024;

/**
 * The errors nobody has recorded: status and sentence are the sandbox's guess, and the code says so.
 * The real service may answer otherwise; a client must not rely on more than the class of the status.
 */
export const ASSUMED_ERRORS = {
  "unknown-library": {
    status: 404,
    code: "ASSUMED_UNKNOWN_LIBRARY",
    message: "no library with this id",
  },
  "unknown-graphic": {
    status: 404,
    code: "ASSUMED_UNKNOWN_GRAPHIC",
    message: "no graphic with this id",
  },
  "wrong-method": {
    status: 405,
    code: "ASSUMED_WRONG_METHOD",
    message: "this route does not take this method",
  },
  "missing-length": {
    status: 411,
    code: "ASSUMED_MISSING_LENGTH",
    message: "a request with a body needs a Content-Length",
  },
  "too-large": {
    status: 413,
    code: "ASSUMED_TOO_LARGE",
    message: `a graphic may have at most ${MAX_GRAPHIC_BYTES} bytes`,
  },
  "malformed-multipart": {
    status: 413,
    code: "ASSUMED_MALFORMED_MULTIPART",
    message: "the body is not the multipart/form-data its Content-Type announces",
  },
  "not-multipart": {
    status: 415,
    code: "ASSUMED_NOT_MULTIPART",
    message: "expected a Content-Type of multipart/form-data",
  },
  "missing-file": {
    status: 400,
    code: "ASSUMED_MISSING_FILE",
    message: "expected a part named file",
  },
  "missing-filename": {
    status: 400,
    code: "ASSUMED_MISSING_FILENAME",
    message: "the part named file has no filename",
  },
  "bad-type": {
    status: 400,
    code: "ASSUMED_BAD_TYPE",
    message: "the file part's Content-Type must be image/png, image/jpeg or image/gif",
  },
  "remote-upload": {
    status: 400,
    code: "ASSUMED_REMOTE_UPLOAD",
    message: "the sandbox fetches nothing, so it refuses uploads by fileUrl",
  },
  "store-full": {
    status: 413,
    code: "ASSUMED_STORE_FULL",
    message: "the sandbox's memory is full; a sandbox with a store folder has no such limit",
  },
  "foreign-host": {
    status: 421,
    code: "ASSUMED_FOREIGN_HOST",
    message: "the sandbox answers to localhost, 127.0.0.1 and [::1] alone",
  },
  "rate-limit": {
    status: 429,
    code: "ASSUMED_RATE_LIMIT",
    message: "Too Many Requests",
  },
  "sandbox-fault": {
    status: 500,
    code: "ASSUMED_SANDBOX_FAULT",
    message: "the sandbox itself failed",
  },
} as const;

/** What the sandbox does without an error where the service's way is not known. */
export const ASSUMED_BEHAVIOURS: readonly string[] = [
  'a quote in a filename may be written \\" (and a backslash \\\\); %22 is kept as it stands',
  "header text that is not UTF-8 is read as Latin-1",
  "filename counts before filename*; filename* alone is decoded",
  "spaces around a filename or a folder are kept, and so is any other character",
  "an empty folder field means Uncategorized, and of several fields the first counts",
  "folder names are not nested, and their case counts",
  "deleting answers 200 with meta only",
  "the list of libraries has one library a page, so that a client has to follow nextPage",
  "the rate limit fills up evenly and lets a second's worth of requests through at once",
];

/** The assumed error of that name; `detail` tells what was received. */
export function assumedError(name: keyof typeof ASSUMED_ERRORS, detail?: string): Answer {
  const { status, code, message } = ASSUMED_ERRORS[name];
  return errorAnswer(status, code, detail === undefined ? message : `${message}: ${detail}`);
}
