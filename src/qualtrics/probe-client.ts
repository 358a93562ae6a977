import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import type { Answer } from "../execute/outcome.ts";
import { type ExchangeWays, LIMITS, openExchange, type Reply } from "./exchange.ts";
import { checkToken } from "./host.ts";
import type { UploadForm } from "./multipart.ts";
import { parseEnvelope, readDeletion, readUpload } from "./read-answer.ts";

/** One part of a form, its headers as they are written. */
export interface RawPart {
  headers: readonly string[];
  content: Buffer | string;
}

/** A form of any parts, for requests that no other command sends. */
export function rawForm(parts: readonly RawPart[]): Pick<UploadForm, "contentType" | "body"> {
  const boundary = randomUUID();
  const pieces = parts.flatMap(({ headers, content }) => [
    Buffer.from(`--${boundary}\r\n${headers.join("\r\n")}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from("\r\n"),
  ]);
  const body = Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}

/** What a graphic's address gave. */
export type Seen = { headers: IncomingHttpHeaders; httpStatus: number; body: Buffer } | undefined;

/** What is listed, where a service lists graphics after all. */
export interface Listed {
  answer: Answer;
  names: ReadonlyMap<string, string>;
}

/** Asks a service what no other command asks, each request once. Nothing rejects for trouble on the network. */
export interface ProbeClient {
  upload(
    library: string,
    form: Pick<UploadForm, "contentType" | "body">,
    key?: string,
  ): Promise<Answer>;
  deleteGraphic(library: string, graphicId: string): Promise<Answer>;
  list(library: string): Promise<Listed>;
  /** Without the token, as everybody sees it. */
  see(path: string): Promise<Seen>;
  close(): Promise<void>;
}

interface ProbeClientOptions extends ExchangeWays {
  baseUrl: string;
  token: string;
  userAgent: string;
}

const listedSchema = z.object({
  elements: z.array(z.object({ id: z.string(), name: z.string() })),
});

/** Opens a client; nothing is sent yet. */
export function openProbeClient(options: ProbeClientOptions): ProbeClient {
  const { baseUrl, userAgent } = options;
  const token = checkToken(options.token);
  const exchange = openExchange(baseUrl, 1, LIMITS, options);
  const open = ["accept-encoding", "identity", "user-agent", userAgent];
  const headers = ["x-api-token", token, "accept", "application/json", ...open];
  const pathOf = (library: string) => `/API/v3/libraries/${encodeURIComponent(library)}/graphics`;
  return {
    async upload(library, { contentType, body }, key) {
      const named = key === undefined ? [] : ["idempotency-key", key];
      const ofForm = [...headers, "content-type", contentType, ...named];
      const request = { method: "POST", path: pathOf(library), headers: ofForm, body } as const;
      return readUpload(await exchange.send(request), token);
    },
    async deleteGraphic(library, graphicId) {
      const path = `${pathOf(library)}/${encodeURIComponent(graphicId)}`;
      const reply = await exchange.send({ method: "DELETE", path, headers, body: null });
      return readDeletion(reply, token);
    },
    async list(library) {
      const path = pathOf(library);
      const reply = await exchange.send({ method: "GET", path, headers, body: null });
      return { answer: readDeletion(reply, token), names: namesIn(reply, token) };
    },
    async see(path) {
      const reply = await exchange.send({ method: "GET", path, headers: open, body: null });
      return reply.kind === "whole" ? reply : undefined;
    },
    close: () => exchange.close(),
  };
}

function namesIn(reply: Reply, token: string): ReadonlyMap<string, string> {
  const envelope = reply.kind === "whole" ? parseEnvelope(reply.body, token) : null;
  const { data } = listedSchema.safeParse(envelope?.result);
  return new Map(data?.elements.map(({ id, name }) => [id, name]));
}
