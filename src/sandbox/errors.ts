import { type Answer, errorAnswer } from "./answer.ts";

/** The largest picture taken; the general limit of 5 MB, read as MiB (qualtrics-api: Upload). */
export const MAX_GRAPHIC_BYTES = 5 * 1024 * 1024;

/** The errors that real services were seen to give, word for word (qualtrics-api: Answers). */
const RECORDED = {
  "missing-content-type": [400, "MFDP_3", "Missing Content-Type for file part. name=file"],
  "missing-token": [400, "ATP_2", "Expected authorization in headers, but none provided."],
  "wrong-token": [401, "DCD_7", "Unrecognized X-API-TOKEN."],
  "unknown-route": [404, undefined, "The requested resource does not exist."],
} as const;

/**
 * The errors nobody has recorded, by their codes: status and sentence are the sandbox's guess, and the code says so.
 * The real service may answer otherwise; a client must not rely on more than the class of the status.
 *
 * Assumed as well, where no error follows:
 * - a quote in a filename may be written \" (and a backslash \\); %22 is kept as it stands
 * - header text that is not UTF-8 is read as Latin-1
 * - filename counts before filename*; filename* alone is decoded
 * - spaces around a filename or a folder are kept, and so is any other character
 * - an empty folder field means Uncategorized, and of several fields the first counts
 * - folder names are not nested, and their case counts
 * - deleting answers 200 with meta only
 * - the list of libraries has one library a page, so that a client has to follow nextPage
 * - the rate limit fills up evenly and lets a second's worth of requests through at once
 */
export const ASSUMED_ERRORS = {
  ASSUMED_UNKNOWN_LIBRARY: [404, "no library with this id"],
  ASSUMED_UNKNOWN_GRAPHIC: [404, "no graphic with this id"],
  ASSUMED_WRONG_METHOD: [405, "this route does not take this method"],
  ASSUMED_TOO_LARGE: [413, `a graphic may have at most ${MAX_GRAPHIC_BYTES} bytes`],
  ASSUMED_MALFORMED_MULTIPART: [
    413,
    "the body is not the multipart/form-data its Content-Type announces",
  ],
  ASSUMED_NOT_MULTIPART: [415, "expected a Content-Type of multipart/form-data"],
  ASSUMED_MISSING_FILE: [400, "expected a part named file"],
  ASSUMED_MISSING_FILENAME: [400, "the part named file has no filename"],
  ASSUMED_BAD_TYPE: [
    400,
    "the file part's Content-Type must be image/png, image/jpeg or image/gif",
  ],
  ASSUMED_REMOTE_UPLOAD: [400, "the sandbox fetches nothing, so it refuses uploads by fileUrl"],
  ASSUMED_STORE_FULL: [
    413,
    "the sandbox's memory is full; a sandbox with a store folder has no such limit",
  ],
  ASSUMED_FOREIGN_HOST: [421, "the sandbox answers to localhost, 127.0.0.1 and [::1] alone"],
  ASSUMED_RATE_LIMIT: [429, "Too Many Requests"],
  ASSUMED_SANDBOX_FAULT: [500, "the sandbox itself failed"],
} as const;

/** The recorded error of that name, with a request id of its own. */
export function recordedError(name: keyof typeof RECORDED): Answer {
  const [status, code, message] = RECORDED[name];
  return errorAnswer(status, code, message);
}

/** The assumed error of that code; `detail` tells what was received. */
export function assumedError(code: keyof typeof ASSUMED_ERRORS, detail?: string): Answer {
  const [status, message] = ASSUMED_ERRORS[code];
  return errorAnswer(status, code, detail === undefined ? message : `${message}: ${detail}`);
}
