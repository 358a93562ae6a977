import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer, formatFailure } from "../execute/outcome.ts";
import type { ContentType, Image } from "../manifest/image.ts";
import type { NameQuotes } from "../manifest/manifest.ts";
import type { ProbeClient } from "../qualtrics/client.ts";
import { prepareForm, type RawPart, rawForm, type UploadForm } from "../qualtrics/multipart.ts";
import type { Finding } from "../report/account.ts";
import type { AccountOptions } from "./account.ts";
import type { ProbeRecord } from "./probe-record.ts";
import type { Interruption, JobHost } from "./watcher.ts";

/** The library folder that pictures of a probe go into. */
export const PROBE_FOLDER = "qgfx probe";

export interface ProbeOptions extends AccountOptions {
  library?: string;
  /** Whether nothing is asked. */
  yes?: boolean;
  /** Whether 6 MB are tried where nobody is asked. */
  large?: boolean;
  /** The report's file. */
  out?: string;
}

/** Where a person has put the account's list of names and ids; undefined where nobody can be asked. */
export type AskForList = (question: { kind: "probe-list" }) => Promise<string | undefined>;

/** What the steps of a probe share. */
export interface Probing {
  options: ProbeOptions;
  host: JobHost;
  interruption: Interruption;
  askForList: AskForList;
  client: ProbeClient;
  record: ProbeRecord;
  baseUrl: string;
  library: string;
  /** What was made so far, by the title of its line. */
  ids: Map<string, string>;
  /** Names of graphics as the service lists them, by their ids. */
  names: Map<string, string>;
  /** Where the report goes. */
  file: string;
  /** Takes out of a text whose account it is. */
  hide(text: string): string;
}

/** What a line found. */
export type Found = Pick<Finding, "found" | "facts"> & { answer?: Answer };

type Form = Pick<UploadForm, "contentType" | "body">;

/** The form of an upload as `apply` sends it. */
export function prepared(
  name: string,
  folder: string,
  nameQuotes?: NameQuotes,
  pixel = PIXEL,
): Form {
  const form = prepareForm({ name, folder, nameQuotes, ...pixel.image });
  form.image.set(pixel.bytes);
  return form;
}

/** A form whose file part has this parameter for its name. */
export function fileForm(parameter: string, pixel: Pixel): Form {
  const disposition = `Content-Disposition: form-data; name="file"; ${parameter}`;
  const headers = [disposition, `Content-Type: ${pixel.type}`];
  return rawForm([{ headers, content: pixel.bytes }, textPart("folder", PROBE_FOLDER)]);
}

/** A field. */
export function textPart(name: string, content: string): RawPart {
  return { headers: [`Content-Disposition: form-data; name="${name}"`], content };
}

/** One picture that is sent. */
export interface Sending {
  name: string;
  folder?: string;
  library?: string;
  pixel?: Pixel;
  form?: Form;
  key?: string;
}

/** Uploads one picture through the record; its id is kept under the line's title. */
export async function send(probing: Probing, title: string, sending: Sending): Promise<Found> {
  const { name, folder = PROBE_FOLDER, library = probing.library, pixel = PIXEL, key } = sending;
  const form = sending.form ?? prepared(name, folder, undefined, pixel);
  const picture = { folder, name, image: pixel.image };
  const ask = () => probing.client.upload(library, form, key);
  const answer = await probing.record.upload(picture, ask, library);
  if (answer.kind === "answered" && answer.graphicId) probing.ids.set(title, answer.graphicId);
  return describe(answer);
}

/** An answer in words and as facts; no request id, which is nobody else's business. */
export function describe(answer: Answer): Found {
  if (answer.kind !== "answered") {
    return { answer, found: [`no answer: ${answer.message}`], facts: { httpStatus: null } };
  }
  const { httpStatus, error, graphicId, warning, notice } = answer;
  const isDone = httpStatus < 300;
  const found = [
    isDone || !error
      ? `HTTP ${httpStatus}${graphicId ? ", with an id" : ""}`
      : formatFailure({ ...error, requestId: null }),
    ...(warning ? [`warns: ${formatFailure({ ...warning, requestId: null })}`] : []),
    ...(notice ? [`notes: ${notice}`] : []),
  ];
  const facts = {
    httpStatus,
    errorCode: error?.errorCode ?? null,
    hasId: graphicId !== null,
    warningCode: warning?.errorCode ?? null,
    warning: warning?.message ?? null,
  };
  return { answer, found, facts };
}

/** Uploads one picture twice: two answers to one name or one key give the same id, or two pictures. */
export async function sendTwice(probing: Probing, title: string, sending: Sending): Promise<Found> {
  const first = await send(probing, `${title}, first`, sending);
  const second = await send(probing, title, sending);
  const [a, b] = [probing.ids.get(`${title}, first`), probing.ids.get(title)];
  const isSameId = a !== undefined && a === b;
  const told = a === undefined || b === undefined ? [] : [isSameId ? "one id for both" : "two ids"];
  const found = [`first: ${first.found.join(", ")}`, `second: ${second.found.join(", ")}`, ...told];
  return { ...second, found, facts: { ...second.facts, isSameId } };
}

const WAITS_MS = [0, 300, 1_000, 3_000];

/** What a header says of how a picture may be shown and kept. */
const TOLD_HEADERS = [
  "content-type",
  "content-disposition",
  "cache-control",
  "expires",
  "etag",
  "last-modified",
  "access-control-allow-origin",
  "cross-origin-resource-policy",
  "location",
];

/** Looks at a picture until it is there, for some seconds. */
export async function look(
  { client, interruption: { giveUp } }: Probing,
  path: string,
  id: string,
): Promise<Found> {
  const startMs = performance.now();
  for (const waitMs of WAITS_MS) {
    await delay(waitMs, undefined, { signal: giveUp }).catch(() => undefined);
    const seen = await client.see(`/${path}/Graphic.php?IM=${id}`);
    const afterMs = Math.round(performance.now() - startMs);
    if (seen?.httpStatus !== 200 && waitMs !== WAITS_MS.at(-1) && !giveUp.aborted) continue;
    const isSame = seen?.body.equals(PIXEL.bytes) ?? false;
    const headers = TOLD_HEADERS.flatMap((name) =>
      seen?.headers[name] === undefined ? [] : [`${name}: ${seen.headers[name]}`],
    );
    const status = seen?.httpStatus ?? null;
    const bytes = isSame ? ", with the bytes that were sent" : ", with other bytes than were sent";
    const what = status === 200 ? bytes : "";
    const told = `/${path} answers ${status ?? "nothing"} after ${afterMs} ms${what}`;
    const facts = {
      [`${path}Status`]: status,
      [`${path}AfterMs`]: afterMs,
      [`${path}Same`]: isSame,
    };
    return { found: [told, ...headers.map((header) => `/${path} ${header}`)], facts };
  }
  return { found: [], facts: {} };
}

/** A picture of one pixel: what is sent, and as which type. */
export interface Pixel {
  bytes: Buffer;
  type: string;
  image: Image;
}

const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
const WEBP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==";
const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><path d="M0 0h1v1z"/></svg>';

/** The pixel as PNG. */
export const PIXEL: Pixel = pixel(Buffer.from(PNG, "base64"), "image/png");
/** The same as WebP. */
export const WEBP_PIXEL: Pixel = pixel(Buffer.from(WEBP, "base64"), "image/webp");
/** The same as SVG. */
export const SVG_PIXEL: Pixel = pixel(Buffer.from(SVG), "image/svg+xml");

/** The PNG with zeros behind it, which decoders pass over. */
export function heavyPixel(sizeBytes: number): Pixel {
  return pixel(
    Buffer.concat([PIXEL.bytes, Buffer.alloc(sizeBytes - PIXEL.bytes.length)]),
    PIXEL.type,
  );
}

function pixel(bytes: Buffer, type: string): Pixel {
  const image = {
    // What is tried out here is whether there are more types than these.
    contentType: type as ContentType,
    sizeBytes: bytes.length,
    sha256: hash("sha256", bytes, "hex"),
    widthPx: 1,
    heightPx: 1,
  };
  return { bytes, type, image };
}
