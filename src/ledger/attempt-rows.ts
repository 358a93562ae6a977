import { z } from "zod";
import { formatFailure } from "../execute/failure.ts";

/** What is said of an intent whose outcome is not recorded. */
export const UNANSWERED = "sent, but no answer was recorded";

/** One library; takes the service and the library. */
export const IN_LIBRARY = "service = ? AND library = ?";

/** How an id came. */
export const SOURCE = `CASE kind
  WHEN 'share' THEN 'shared' WHEN 'adopt' THEN 'adopted' WHEN 'resolve' THEN 'resolved' ELSE 'upload' END`;

/** What became of a row of a manifest, so far. */
export const STATUS = `CASE WHEN result IN ('uploaded', 'failed', 'unknown') THEN result
  WHEN result = 'recorded' THEN 'adopted'
  WHEN result IS NULL AND started_at IS NOT NULL THEN 'sending' ELSE 'not-run' END`;

export const statusSchema = z.enum([
  "not-run",
  "sending",
  "uploaded",
  "failed",
  "unknown",
  "adopted",
]);

/** The columns that `errorOf` needs. */
export const ERROR_COLUMNS =
  "http_status AS httpStatus, error_code AS errorCode, message, request_id AS requestId";

export const errorSchema = z.object({
  httpStatus: z.int().nullable(),
  errorCode: z.string().nullable(),
  message: z.string().nullable(),
  requestId: z.string().nullable(),
});

/** What an attempt says of its failure, as the user reads it; null where it says nothing. */
export function errorOf({ message, ...rest }: z.infer<typeof errorSchema>): string | null {
  const { httpStatus, errorCode, requestId } = rest;
  return message === null ? null : formatFailure({ httpStatus, errorCode, message, requestId });
}
