import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import type { SandboxOptions } from "../../src/sandbox/state.ts";
import { graphicSchema } from "../../src/sandbox/store.ts";

/** The smallest GIF there is: 1 × 1 pixel. */
export const GIF = Buffer.from(
  "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
  "base64",
);

export const BOUNDARY = "----a-boundary-of-the-tests";

const requestsSchema = z.array(
  z.strictObject({
    number: z.int(),
    upload: z.int().nullable(),
    at: z.iso.datetime(),
    method: z.string(),
    path: z.string(),
    parts: z.array(z.strictObject({ part: z.string().nullable(), understood: z.string() })),
    status: z.int().nullable(),
    fault: z.object({ kind: z.string() }).loose().nullable(),
    graphicId: z.string().nullable(),
  }),
);

/** A sandbox that is closed when the test ends. */
export async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** One part: its header lines as they go on the wire, and its content. */
export interface RawPart {
  headers: readonly (string | Buffer)[];
  content: string | Buffer;
}

export function filePart(name: string, contentType = "image/gif", content: Buffer = GIF): RawPart {
  const disposition = `Content-Disposition: form-data; name="file"; filename="${name}"`;
  return { headers: [disposition, `Content-Type: ${contentType}`], content };
}

export function folderPart(folder: string): RawPart {
  return { headers: ['Content-Disposition: form-data; name="folder"'], content: folder };
}

/** The bytes of a form, by RFC 7578 and nothing of the sandbox's own code. */
export function form(parts: readonly RawPart[], boundary = BOUNDARY): Buffer {
  const pieces = parts.flatMap(({ headers, content }) => [
    `--${boundary}\r\n`,
    ...headers.flatMap((header) => [header, "\r\n"]),
    "\r\n",
    content,
    "\r\n",
  ]);
  return Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece)));
}

/** What a client sees of one request: an answer, whole or cut, or the error its socket gave. */
export interface Seen {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  text: string;
  bytes: Buffer;
  /** The error's code where the exchange did not come to its end. */
  failed: string | undefined;
}

export interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer;
  agent?: import("node:http").Agent;
  signal?: AbortSignal;
}

/** Sends one request; never rejects. */
export function send(url: string, { body, ...options }: Sent = {}): Promise<Seen> {
  return new Promise((resolve) => {
    const seen: Seen = {
      status: undefined,
      headers: {},
      text: "",
      bytes: Buffer.alloc(0),
      failed: undefined,
    };
    const chunks: Buffer[] = [];
    const finish = (failed?: string) => {
      const bytes = Buffer.concat(chunks);
      resolve({ ...seen, bytes, text: bytes.toString(), failed });
    };
    const fail = (error: Error) =>
      finish("code" in error && typeof error.code === "string" ? error.code : error.message);
    const request = httpRequest(url, options, (response) => {
      seen.status = response.statusCode;
      seen.headers = response.headers;
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => finish());
      response.on("error", fail);
    });
    request.on("error", fail);
    request.end(body);
  });
}

/** Sends these very bytes and gives what comes back until the connection ends. */
export async function exchange(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.end(bytes);
  return (await buffer(socket)).toString();
}

/** Sends a form to the sandbox's library with everything right about the request around it. */
export function postForm(
  sandbox: Sandbox,
  parts: readonly RawPart[],
  more: Sent = {},
): Promise<Seen> {
  const { headers, ...rest } = more;
  return send(graphicsUrl(sandbox), {
    method: "POST",
    headers: {
      "X-API-TOKEN": sandbox.token,
      "Content-Type": `multipart/form-data; boundary=${BOUNDARY}`,
      ...headers,
    },
    body: form(parts),
    ...rest,
  });
}

export function graphicsUrl({ url, library }: Sandbox): string {
  return `${url}/API/v3/libraries/${library}/graphics`;
}

/** What the sandbox holds, as its own window shows it. */
export async function heldGraphics(sandbox: Sandbox): Promise<z.infer<typeof graphicSchema>[]> {
  const seen = await send(`${sandbox.url}/sandbox/graphics`);
  return z.array(graphicSchema).parse(JSON.parse(seen.text));
}

export async function heldNames(sandbox: Sandbox): Promise<string[]> {
  return (await heldGraphics(sandbox)).map(({ name }) => name);
}

/** The sandbox's record of requests. */
export async function requestLog(sandbox: Sandbox): Promise<z.infer<typeof requestsSchema>> {
  const seen = await send(`${sandbox.url}/sandbox/requests`);
  return requestsSchema.parse(JSON.parse(seen.text));
}

/** The id of an answer in the recorded shape of a success; throws for any other. */
export function idIn(seen: { text: string }): string {
  return uploadedSchema.parse(JSON.parse(seen.text)).result.id;
}

const metaSchema = z.strictObject({ httpStatus: z.literal("200 - OK"), requestId: z.uuid() });
const uploadedSchema = z.strictObject({
  result: z.strictObject({ id: z.string().regex(/^IM_[a-zA-Z0-9]{11,15}$/) }),
  meta: metaSchema,
});
