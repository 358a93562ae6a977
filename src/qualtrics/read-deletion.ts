import type { DeletionAnswer } from "../execute/deletion-answer.ts";
import type { Reply } from "./attempt.ts";
import { isSuccess, readServiceError } from "./read-answer.ts";
import { parseEnvelope } from "./responses.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** What the service answered a DELETE; a 2xx counts whatever its body, which is `meta` only (qualtrics-api: Operations). */
export function readDeletion(reply: Reply, token: string): DeletionAnswer {
  if (reply.kind !== "whole") return reply;
  const { httpStatus, headers } = reply;
  const envelope = parseEnvelope(reply.body, token);
  return {
    kind: "answered",
    httpStatus,
    retryAfterMs: parseRetryAfter(headers["retry-after"], headers.date, Date.now()),
    error: isSuccess(httpStatus) ? null : readServiceError(httpStatus, envelope),
    notice: envelope?.notice ?? null,
  };
}
