import { randomUUID } from "node:crypto";
import type { Image } from "../manifest/image.ts";
import {
  DEFAULT_FOLDER,
  DEFAULT_NAME_QUOTES,
  type ManifestRow,
  type NameQuotes,
} from "../manifest/manifest.ts";

/** What the form of an upload says, but for the image's bytes. */
export type FormFields = Pick<ManifestRow, "name" | "folder"> &
  Pick<Image, "contentType" | "sizeBytes"> & {
    /** How the name's quotes and backslashes are written; `percent` without. */
    nameQuotes?: NameQuotes | undefined;
    /** What parts the form, 36 characters that nobody can guess; a random one without. */
    boundary?: string | undefined;
  };

/** A request body of known length and the header that names its boundary. It may be sent more than once. */
export interface SentForm {
  contentType: string;
  body: Buffer;
}

/** One whose image is still to come. */
export interface UploadForm extends SentForm {
  /** The place of the image within `body`, to be filled before it is sent. */
  image: Buffer<ArrayBuffer>;
}

/**
 * The upload request as the service takes it (qualtrics-api: Upload, and seed thread 2): `file` with the
 * display name as its filename and its own Content-Type, then `folder` as a plain text part. The default
 * folder is named by leaving the part out: sending "Uncategorized" might make a second one of that name.
 */
export function prepareForm({
  name,
  folder,
  contentType,
  sizeBytes,
  nameQuotes = DEFAULT_NAME_QUOTES,
  // 122 random bits: no image can hold it by chance or by design (reliability: Security).
  boundary = randomUUID(),
}: FormFields): UploadForm {
  const head = Buffer.from(
    `--${boundary}\r\n` +
      `Content-Disposition: form-data; name="file"; filename="${QUOTED[nameQuotes](oneLine(name))}"\r\n` +
      `Content-Type: ${oneLine(contentType)}\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n${folderPart(boundary, folder)}--${boundary}--\r\n`);
  const body = Buffer.allocUnsafe(head.length + sizeBytes + tail.length);
  const imageEnd = head.length + sizeBytes;
  body.set(head, 0);
  body.set(tail, imageEnd);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body,
    image: body.subarray(head.length, imageEnd),
  };
}

function folderPart(boundary: string, folder: string): string {
  if (folder === DEFAULT_FOLDER) return "";
  return (
    `--${boundary}\r\n` +
    `Content-Disposition: form-data; name="folder"\r\n\r\n` +
    `${oneLine(folder)}\r\n`
  );
}

/**
 * A name as the inside of a quoted-string, either as clients in use write it (WHATWG: multipart/form-data encoding) or
 * with a backslash before each `"` and `\` (RFC 7578 §4.2, RFC 822 §3.3). Everything else is raw UTF-8; not `filename*`,
 * which RFC 7578 forbids. The filename stays the header's last parameter, for Python's cgi miscounts quotes after a name
 * that ends in a backslash.
 */
const QUOTED: Record<NameQuotes, (name: string) => string> = {
  percent: (name) => name.replaceAll('"', "%22"),
  backslash: (name) => name.replace(/["\\]/g, "\\$&"),
};

/** Validation refuses these characters; one that comes this far would forge a header, and is our bug. */
function oneLine(text: string): string {
  if (/[\r\n\0]/.test(text)) throw new Error("a line break or NUL reached the multipart body");
  return text;
}

/** One part of a form, its headers as they are written. */
export interface RawPart {
  headers: readonly string[];
  content: Buffer | string;
}

/** A form of any parts, for requests that no other command sends. */
export function rawForm(parts: readonly RawPart[]): SentForm {
  const boundary = randomUUID();
  const pieces = parts.flatMap(({ headers, content }) => [
    Buffer.from(`--${boundary}\r\n${headers.join("\r\n")}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from("\r\n"),
  ]);
  const body = Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}
