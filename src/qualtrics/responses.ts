import { z } from "zod";
import { isGraphicId } from "../manifest/manifest.ts";
import { strikeOut } from "./token.ts";

const MAX_TEXT = 500;

// Lenient throughout (qualtrics-api: Answers): a field of another type counts as absent, for an odd
// notice must not cost the graphic's id.
const raw = z.string().nullish().catch(null);
const text = raw.transform(shorten);

const envelopeSchema = z.object({
  result: z.unknown().optional(),
  meta: z
    .object({
      httpStatus: raw,
      requestId: raw,
      notice: raw,
      error: z.object({ errorCode: raw, errorMessage: raw }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
});

const uploadedSchema = z.object({ id: z.string().refine(isGraphicId) });

const whoamiSchema = z.object({
  brandId: text,
  userId: text,
  userName: text,
  accountType: text,
  firstName: text,
  lastName: text,
  email: text,
  datacenter: text,
});

const libraryPageSchema = z.object({
  elements: z.array(z.object({ libraryId: z.string().min(1), libraryName: text })),
  nextPage: raw,
});

/** An answer's JSON with the service's own texts, each null where absent or empty, at most 500 characters. */
export interface Envelope {
  result: unknown;
  /** `400 - Bad Request`. */
  httpStatus: string | null;
  requestId: string | null;
  notice: string | null;
  errorCode: string | null;
  errorMessage: string | null;
}

/** Whose token it is; null for what the service left out. `userId` is also the personal library's id. */
export type Whoami = z.infer<typeof whoamiSchema>;

/** One library the token can reach. */
export interface LibraryEntry {
  libraryId: string;
  /** Empty where the service gave none. */
  libraryName: string;
}

/** A page of `GET /API/v3/libraries`. */
export interface LibraryPage {
  libraries: LibraryEntry[];
  /** Absolute URL, not shortened and not yet trusted; null on the last page. */
  nextPage: string | null;
}

/**
 * Reads an answer's body; null when it is not a JSON object. A service that quotes the token back has it
 * struck out: these texts are shown and recorded.
 */
export function parseEnvelope(body: Buffer, token: string): Envelope | null {
  const parsed = envelopeSchema.safeParse(parseJson(body));
  if (!parsed.success) return null;
  const { result, meta } = parsed.data;
  const clean = (value: string | null | undefined) => shorten(value && strikeOut(value, token));
  return {
    result,
    httpStatus: clean(meta?.httpStatus),
    requestId: clean(meta?.requestId),
    notice: clean(meta?.notice),
    errorCode: clean(meta?.error?.errorCode),
    errorMessage: clean(meta?.error?.errorMessage),
  };
}

/** The graphic's id of an upload's `result`; null when it is none (qualtrics-api: Answers). */
export function parseGraphicId(result: unknown): string | null {
  return uploadedSchema.safeParse(result).data?.id ?? null;
}

/** The `result` of `GET /API/v3/whoami`; null when it says nothing of a user. */
export function parseWhoami(result: unknown): Whoami | null {
  const { data } = whoamiSchema.safeParse(result);
  return data && Object.values(data).some((value) => value) ? data : null;
}

/** The `result` of `GET /API/v3/libraries`; null when it is not a list of libraries. */
export function parseLibraryPage(result: unknown): LibraryPage | null {
  const { data } = libraryPageSchema.safeParse(result);
  if (!data) return null;
  return {
    libraries: data.elements.map(({ libraryId, libraryName }) => ({
      libraryId: shorten(libraryId) ?? "",
      libraryName: libraryName ?? "",
    })),
    nextPage: data.nextPage || null,
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8").replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

/** At most 500 characters, never half of a surrogate pair; empty counts as absent. */
function shorten(value: string | null | undefined): string | null {
  if (!value) return null;
  if (value.length <= MAX_TEXT) return value;
  return `${value.slice(0, MAX_TEXT - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
