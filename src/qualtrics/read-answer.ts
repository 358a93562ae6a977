import { STATUS_CODES } from "node:http";
import type { Answer, ServiceError } from "../execute/answer.ts";
import type { Reply } from "./attempt.ts";
import { graphicUrl } from "./graphic-url.ts";
import { type Envelope, parseEnvelope, parseGraphicId } from "./responses.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** Where requests go, and the secret that goes with them. */
export interface Service {
  baseUrl: string;
  token: string;
}

/** What the service answered an upload; the graphic's URL is on the host the request went to. */
export function readAnswer(reply: Reply, { baseUrl, token }: Service): Answer {
  if (reply.kind !== "whole") return reply;
  const { httpStatus, headers } = reply;
  const envelope = parseEnvelope(reply.body, token);
  const graphicId = isSuccess(httpStatus) ? parseGraphicId(envelope?.result) : null;
  return {
    kind: "answered",
    httpStatus,
    graphicId,
    url: graphicId && graphicUrl(baseUrl, graphicId),
    retryAfterMs: parseRetryAfter(headers["retry-after"], headers.date, Date.now()),
    error: graphicId === null ? readServiceError(httpStatus, envelope) : null,
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

function describeAnswer(httpStatus: number, envelope: Envelope | null): string {
  if (!isSuccess(httpStatus)) {
    return envelope?.httpStatus ?? `HTTP ${httpStatus} ${STATUS_CODES[httpStatus] ?? ""}`.trimEnd();
  }
  return envelope ? "answer holds no valid graphic id" : "answer is not the API's JSON";
}

/** Whether a status is 2xx. */
export function isSuccess(httpStatus: number): boolean {
  return httpStatus >= 200 && httpStatus < 300;
}
