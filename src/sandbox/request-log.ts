import type { Play } from "./fault-script.ts";
import type { PartNote } from "./understand-upload.ts";

/** What the sandbox did with one request; `GET /sandbox/requests` lists these. */
export interface RequestEntry {
  /** 1-based, over all API requests since the start. */
  number: number;
  /** 1-based, over uploads alone: the number a fault script names; null for another request. */
  upload: number | null;
  /** ISO 8601, when its headers had come. */
  at: string;
  method: string;
  /** Without the query, and cut where it is very long. */
  path: string;
  parts: PartNote[];
  /** Answered; null while none was, or where the connection was ended instead. */
  status: number | null;
  /** What the script played; null for none. */
  fault: Play | null;
  /** Of the graphic stored, also where the answer did not tell; null for none. */
  graphicId: string | null;
}

/** The record of the last requests. */
export interface RequestLog {
  open(method: string, path: string, isUpload: boolean): RequestEntry;
  /** Oldest first, with a number above `after`. */
  list(after?: number): RequestEntry[];
}

/** Past this many the oldest half is forgotten, so that a long run does not fill the memory. */
const MAX_ENTRIES = 20_000;
const MAX_PATH_CHARS = 200;

/** An empty record; an entry is listed from its opening on, and filled in as the request goes. */
export function createRequestLog(): RequestLog {
  let entries: RequestEntry[] = [];
  let requests = 0;
  let uploads = 0;
  return {
    open(method, path, isUpload) {
      if (entries.length >= MAX_ENTRIES) entries = entries.slice(MAX_ENTRIES / 2);
      const entry: RequestEntry = {
        number: ++requests,
        upload: isUpload ? ++uploads : null,
        at: new Date().toISOString(),
        method,
        path: path.slice(0, MAX_PATH_CHARS),
        parts: [],
        status: null,
        fault: null,
        graphicId: null,
      };
      entries.push(entry);
      return entry;
    },
    list: (after = 0) => entries.filter((entry) => entry.number > after),
  };
}
