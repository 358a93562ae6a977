/** What the service said of a request it would not do. */
export interface ServiceError {
  /** `meta.error.errorCode`, e.g. `MFDP_3`; null where the service gave none. */
  code: string | null;
  message: string;
  /** `meta.requestId`; null where absent or empty. */
  requestId: string | null;
}

/**
 * How one POST ended, by how far it got (reliability: Facts):
 * - `not-sent`: no byte was written, so nothing happened at the service.
 * - `lost`: bytes were written and no whole answer came back: anything may have happened.
 * - `answered`: a whole answer. `graphicId` is set only for a 2xx whose body holds a valid id.
 */
export type Answer =
  | { kind: "not-sent"; message: string }
  | { kind: "lost"; message: string }
  | {
      kind: "answered";
      httpStatus: number;
      graphicId: string | null;
      /** Where the service says the graphic can be seen; null without an id. */
      url: string | null;
      /** `Retry-After` as milliseconds from the answer's arrival; null when absent or unreadable. */
      retryAfterMs: number | null;
      error: ServiceError | null;
      /** `meta.notice`, e.g. the "use this host instead" text. */
      notice: string | null;
    };
