import { z } from "zod";
import { NAME_QUOTES } from "../manifest/manifest.ts";
import { PRINTED, text, textOrNull } from "./printed-fields.ts";

/** A graphic's place in one library; with (service, library) it is the contract's address. */
export interface FolderAndName {
  folder: string;
  name: string;
}

/** One string for a folder and a name; neither can hold a NUL (validation refuses it). */
export function addressKey(place: FolderAndName): string {
  return `${place.folder}\u0000${place.name}`;
}

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
  uploadedAt: text("When it was uploaded"),
  source: z.enum(["upload", "shared", "adopted", "resolved"]).describe("How the id came"),
  state: z
    .enum(["current", "replaced", "deleted"])
    .describe("Whether it is the one at its folder and name"),
});

/** An id that was recorded at an address, and what is known of it now. */
export interface Graphic extends z.infer<typeof graphicSchema> {
  /** The run that recorded it here. */
  run: number;
  /** The manifest that recorded it, by its name in the ledger. */
  recordedBy: string;
  /** Whether that is the manifest at hand; only then can it be an orphan. */
  ownedByManifest: boolean;
  /** Whether a deletion of it got no answer: the library may have it or not. */
  isInDoubt: boolean;
}

/** A row's image as it was sent, or is to be; of one that is not at hand, texts are empty and `bytes` is 0. */
export type SentImage = Pick<
  Graphic,
  "folder" | "name" | "path" | "contentType" | "sha256" | "bytes"
>;

/** Where a graphic is, and its id. */
export type PlacedGraphic = Pick<Graphic, "folder" | "name" | "graphicId">;

/** Whether a graphic is the one at its address. */
export function isCurrent({ state, isInDoubt }: Pick<Graphic, "state" | "isInDoubt">): boolean {
  return state === "current" && !isInDoubt;
}

/** An upload that got no answer and is not settled: the library may or may not hold it. */
export interface UnknownUpload extends SentImage {
  /** The run that sent it. */
  run: number;
  /** Why there is no answer. */
  error: string;
  /** Whether the manifest at hand sent it; only then is it shown where no row has its address. */
  ownedByManifest: boolean;
  /** What it can be asked for again with; absent where it was sent without a key, or where the service answered it. */
  keyed?: Keyed | undefined;
}

/** The `Idempotency-Key` of an upload, and when it was first sent with it. */
export interface Keyed {
  key: string;
  /** ISO 8601. */
  since: string;
}

/** What the ledger knows of one (service, library). */
export interface Recorded {
  /** Those at their addresses now, in the order they were recorded. */
  graphics: readonly Graphic[];
  /** Every other: replaced, deleted, or in doubt. */
  past: readonly Graphic[];
  unknowns: readonly UnknownUpload[];
}

/** One request of an upload as it was recorded. */
export const attemptSchema = z.strictObject({
  attempt: z.int().positive().describe("Number of the attempt, from 1"),
  startedAt: text("When it began"),
  finishedAt: textOrNull("When it ended"),
  result: z
    .enum(["uploaded", "refused", "not-sent", "failed", "unknown"])
    .nullable()
    .describe("How it ended; `null`: no answer was recorded"),
  httpStatus: z.int().nullable().describe("HTTP status of the answer; `null` where there was none"),
  errorCode: textOrNull("The service's code; of an `uploaded` one, that of its warning"),
  message: textOrNull("The service's message; of an `uploaded` one, its warning"),
  requestId: textOrNull("The service's id of the request, for its support"),
  graphicId: PRINTED.graphicId.nullable().describe("Id that came back; `null` where none did"),
});

/** What one run did about an address. */
export const pastRowSchema = z.strictObject({
  run: z.int().positive().describe("The run's number in the ledger"),
  command: text("The command"),
  manifest: PRINTED.manifest,
  line: PRINTED.line,
  startedAt: text("When it began"),
  folder: PRINTED.folder,
  name: PRINTED.name,
  action: text("What the run meant to do"),
  reason: text("Why"),
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
  status: text("How the row ended"),
  error: PRINTED.error,
  settled: textOrNull("How an unknown upload was settled: `retried`, `landed` or `absent`"),
  attempts: z.array(attemptSchema).describe("The requests"),
});

export type Attempt = z.infer<typeof attemptSchema>;
export type PastRow = z.infer<typeof pastRowSchema>;
