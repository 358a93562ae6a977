/** What the service said of a request it would not do. */
export interface ServiceError {
  /** `meta.error.errorCode`, e.g. `MFDP_3`; null where the service gave none. */
  code: string | null;
  message: string;
  /** `meta.requestId`; null where absent or empty. */
  requestId: string | null;
}

/** A whole answer. */
export interface Answered {
  kind: "answered";
  httpStatus: number;
  /** Set only for a 2xx to an upload whose body holds a valid id. */
  graphicId: string | null;
  /** `Retry-After` as milliseconds from the answer's arrival; null when absent or unreadable. */
  retryAfterMs: number | null;
  /** Null where the service did what it was asked, and nothing else is said. */
  error: ServiceError | null;
  /** `meta.notice`, e.g. the "use this host instead" text. */
  notice: string | null;
}

/**
 * How one request ended, by how far it got (reliability: Facts):
 * - `not-sent`: no byte was written, so nothing happened at the service.
 * - `lost`: bytes were written and no whole answer came back: anything may have happened.
 * - `answered`: a whole answer.
 */
export type Answer =
  | { kind: "not-sent"; message: string }
  | { kind: "lost"; message: string }
  | Answered;
