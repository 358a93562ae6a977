import { z } from "zod";
import { NAME_QUOTES } from "../manifest/name-quotes.ts";
import { PRINTED } from "./printed-fields.ts";

/** A graphic that is or was at an address, as it is printed. */
export const graphicSchema = z.strictObject({
  graphicId: PRINTED.graphicId,
  folder: PRINTED.folder,
  name: PRINTED.name,
  path: PRINTED.path,
  contentType: PRINTED.contentType,
  sha256: PRINTED.sha256,
  bytes: PRINTED.bytes,
  url: PRINTED.url,
  uploadedAt: z.string().describe("When it was uploaded"),
  source: z.enum(["upload", "shared", "adopted", "resolved"]).describe("How the id came"),
  state: z
    .enum(["current", "replaced", "deleted"])
    .describe("Whether it is the one at its folder and name"),
});

/** One request of an upload as it was recorded. */
export const attemptSchema = z.strictObject({
  attempt: z.int().positive().describe("Number of the attempt, from 1"),
  startedAt: z.string().describe("When it began"),
  finishedAt: z.string().nullable().describe("When it ended"),
  result: z
    .enum(["uploaded", "refused", "not-sent", "failed", "unknown"])
    .nullable()
    .describe("How it ended; `null`: no answer was recorded"),
  httpStatus: z.int().nullable().describe("HTTP status of the answer; `null` where there was none"),
  errorCode: z
    .string()
    .nullable()
    .describe("The service's code; of an `uploaded` one, that of its warning"),
  message: z
    .string()
    .nullable()
    .describe("The service's message; of an `uploaded` one, its warning"),
  requestId: z.string().nullable().describe("The service's id of the request, for its support"),
  graphicId: PRINTED.graphicId.nullable().describe("Id that came back; `null` where none did"),
});

/** What one run did about an address. */
export const pastRowSchema = z.strictObject({
  run: z.int().positive().describe("The run's number in the ledger"),
  command: z.string().describe("The command"),
  manifest: PRINTED.manifest,
  line: PRINTED.line,
  startedAt: z.string().describe("When it began"),
  folder: PRINTED.folder,
  name: PRINTED.name,
  action: z.string().describe("What the run meant to do"),
  reason: z.string().describe("Why"),
  nameQuotes: z
    .enum(NAME_QUOTES)
    .optional()
    .describe(
      "How quotes and backslashes in the name were sent; absent where that is not recorded",
    ),
  key: z
    .string()
    .optional()
    .describe("The `Idempotency-Key` it was sent with; absent where it was sent without"),
  status: z.string().describe("How the row ended"),
  error: PRINTED.error,
  settled: z
    .string()
    .nullable()
    .describe("How an unknown upload was settled: `retried`, `landed` or `absent`"),
  attempts: z.array(attemptSchema).describe("The requests"),
});
