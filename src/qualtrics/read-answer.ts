import { STATUS_CODES } from "node:http";
import { z } from "zod";
import type { Answer, Failure } from "../execute/outcome.ts";
import { escapeControls } from "../manifest/diagnostic.ts";
import { isGraphicId } from "../manifest/manifest.ts";
import type { Reply } from "./exchange.ts";
import { strikeOut } from "./host.ts";

/** What the service answered an upload. */
export function readUpload(reply: Reply, token: string): Answer {
  return readAnswer(reply, token, (envelope) => {
    const graphicId = uploadedSchema.safeParse(envelope?.result).data?.id ?? null;
    return { graphicId, isDone: graphicId !== null && !hasError(envelope) };
  });
}

/** What the service answered a DELETE; a 2xx counts whatever its body, which is `meta` only (qualtrics-api: Operations). */
export function readDeletion(reply: Reply, token: string): Answer {
  return readAnswer(reply, token, () => ({ graphicId: null, isDone: true }));
}

/** `readSuccess` reads the body of a 2xx. */
function readAnswer(
  reply: Reply,
  token: string,
  readSuccess: (envelope: Envelope | null) => { graphicId: string | null; isDone: boolean },
): Answer {
  if (reply.kind !== "whole") return reply;
  const { httpStatus } = reply;
  const envelope = parseEnvelope(reply.body, token);
  const { graphicId, isDone } = isSuccess(httpStatus)
    ? readSuccess(envelope)
    : { graphicId: null, isDone: false };
  return {
    kind: "answered",
    httpStatus,
    graphicId,
    retryAfterMs: readRetryAfter(reply),
    error: isDone ? null : readFailure(httpStatus, envelope),
    notice: envelope?.notice ?? null,
    warning: isDone ? readWarning(httpStatus, envelope) : null,
  };
}

/** A service that warns with a code alone warns all the same. */
function readWarning(httpStatus: number, envelope: Envelope | null): Failure | null {
  const { warningCode = null, warningMessage = null, requestId = null } = envelope ?? {};
  if (warningCode === null && warningMessage === null) return null;
  const message = warningMessage ?? "the service gave a warning without words";
  return { httpStatus, errorCode: warningCode, message, requestId };
}

/** What the service said of a request that brought nothing, or what is wrong with its answer. */
export function readFailure(httpStatus: number, envelope: Envelope | null): Failure {
  return {
    httpStatus,
    errorCode: envelope?.errorCode ?? null,
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

// Lenient (qualtrics-api: Answers): an odd notice must not cost the graphic's id.
/** A text of the service; null where it is absent or of another type. */
export const lenientText = z.string().nullish().catch(null);

const envelopeSchema = z.object({
  result: z.unknown().optional(),
  meta: z
    .object({
      httpStatus: lenientText,
      requestId: lenientText,
      notice: lenientText,
      error: z.object({ errorCode: lenientText, errorMessage: lenientText }).nullish().catch(null),
      warning: z
        .object({ warningCode: lenientText, warningMessage: lenientText })
        .nullish()
        .catch(null),
    })
    .nullish()
    .catch(null),
});

const uploadedSchema = z.object({ id: z.string().refine(isGraphicId) });

/** An answer's JSON with the service's own texts, each null where absent or empty, at most 500 characters. */
export interface Envelope {
  result: unknown;
  /** `400 - Bad Request`. */
  httpStatus: string | null;
  requestId: string | null;
  notice: string | null;
  errorCode: string | null;
  errorMessage: string | null;
  warningCode: string | null;
  warningMessage: string | null;
}

/**
 * Reads an answer's body; null when it is not a JSON object. A service that quotes the token back has it
 * struck out, and what would steer a terminal or a sheet escaped: these texts are shown and recorded.
 */
export function parseEnvelope(body: Buffer, token: string): Envelope | null {
  const parsed = envelopeSchema.safeParse(parseJson(body));
  if (!parsed.success) return null;
  const { result, meta } = parsed.data;
  const clean = (value: string | null | undefined) =>
    shorten(value && escapeControls(strikeOut(value, token)));
  return {
    result,
    httpStatus: clean(meta?.httpStatus),
    requestId: clean(meta?.requestId),
    notice: clean(meta?.notice),
    errorCode: clean(meta?.error?.errorCode),
    errorMessage: clean(meta?.error?.errorMessage),
    warningCode: clean(meta?.warning?.warningCode),
    warningMessage: clean(meta?.warning?.warningMessage),
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8").replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

const MAX_TEXT = 500;

/** At most 500 characters, never half of a surrogate pair; empty counts as absent. */
export function shorten(value: string | null | undefined): string | null {
  if (!value) return null;
  if (value.length <= MAX_TEXT) return value;
  return `${value.slice(0, MAX_TEXT - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** An answer's `Retry-After`, from its arrival; see `parseRetryAfter`. */
export function readRetryAfter({ headers }: Extract<Reply, { kind: "whole" }>): number | null {
  return parseRetryAfter(headers["retry-after"], headers.date, Date.now());
}

type HeaderValue = string | string[] | undefined;

/**
 * `Retry-After` (RFC 9110 §10.2.3) as milliseconds from now; null when absent or unreadable. Of several
 * the longest counts: a wait is never shortened. A date counts from the answer's own `Date` where it has
 * one, so that the clocks of the two sides need not agree; a past date is 0.
 */
export function parseRetryAfter(
  retryAfter: HeaderValue,
  date: HeaderValue,
  nowMs: number,
): number | null {
  if (retryAfter === undefined) return null;
  const waits = [retryAfter]
    .flat()
    .map((value) => parseWait(value.trim(), date, nowMs))
    .filter((waitMs) => waitMs !== null);
  return waits.length === 0 ? null : Math.max(...waits);
}

function parseWait(value: string, date: HeaderValue, nowMs: number): number | null {
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, Number.MAX_SAFE_INTEGER);
  const untilMs = parseHttpDate(value);
  if (untilMs === null) return null;
  const sentMs = typeof date === "string" ? parseHttpDate(date.trim()) : null;
  return Math.max(0, untilMs - (sentMs ?? nowMs));
}

/** HTTP-date in its three forms (RFC 9110 §5.6.7): IMF-fixdate, RFC 850, asctime. */
const HTTP_DATES = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/,
  /^[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2} [\d:]{8} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}$/,
];

/** Milliseconds since 1970 of an HTTP-date, always GMT; null for any other text. */
export function parseHttpDate(text: string): number | null {
  if (!HTTP_DATES.some((form) => form.test(text))) return null;
  const ms = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  return Number.isNaN(ms) ? null : ms;
}
