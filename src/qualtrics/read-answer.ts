import { STATUS_CODES } from "node:http";
import type { Answer, Answered, ServiceError } from "../execute/answer.ts";
import type { Reply } from "./attempt.ts";
import { type Envelope, parseEnvelope, parseGraphicId } from "./responses.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** Where requests go, and the secret that goes with them. */
export interface Service {
  baseUrl: string;
  token: string;
}

/** What the service answered an upload. */
export function readUpload(reply: Reply, token: string): Answer {
  return readAnswer(reply, token, (httpStatus, envelope) => {
    const graphicId = isSuccess(httpStatus) ? parseGraphicId(envelope?.result) : null;
    const isFine = graphicId !== null && !hasError(envelope);
    return { graphicId, error: isFine ? null : readServiceError(httpStatus, envelope) };
  });
}

/** What the service answered a DELETE; a 2xx counts whatever its body, which is `meta` only (qualtrics-api: Operations). */
export function readDeletion(reply: Reply, token: string): Answer {
  return readAnswer(reply, token, (httpStatus, envelope) => {
    const error = isSuccess(httpStatus) ? null : readServiceError(httpStatus, envelope);
    return { graphicId: null, error };
  });
}

function readAnswer(
  reply: Reply,
  token: string,
  readBody: (
    httpStatus: number,
    envelope: Envelope | null,
  ) => Pick<Answered, "graphicId" | "error">,
): Answer {
  if (reply.kind !== "whole") return reply;
  const { httpStatus, headers } = reply;
  const envelope = parseEnvelope(reply.body, token);
  return {
    kind: "answered",
    httpStatus,
    ...readBody(httpStatus, envelope),
    retryAfterMs: parseRetryAfter(headers["retry-after"], headers.date, Date.now()),
    notice: envelope?.notice ?? null,
  };
}

/** What the service said of a request that brought nothing, or what is wrong with its answer. */
export function readServiceError(httpStatus: number, envelope: Envelope | null): ServiceError {
  return {
    code: envelope?.errorCode ?? null,
    message: envelope?.errorMessage ?? describeAnswer(httpStatus, envelope),
    requestId: envelope?.requestId ?? null,
  };
}

function hasError(envelope: Envelope | null): boolean {
  return envelope?.errorCode != null || envelope?.errorMessage != null;
}

function describeAnswer(httpStatus: number, envelope: Envelope | null): string {
  if (!isSuccess(httpStatus)) {
    return envelope?.httpStatus ?? `HTTP ${httpStatus} ${STATUS_CODES[httpStatus] ?? ""}`.trimEnd();
  }
  if (hasError(envelope)) return "answer holds an error";
  return envelope ? "answer holds no valid graphic id" : "answer is not the API's JSON";
}

/** Whether a status is 2xx. */
export function isSuccess(httpStatus: number): boolean {
  return httpStatus >= 200 && httpStatus < 300;
}
