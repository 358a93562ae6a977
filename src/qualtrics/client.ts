import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import type { Answer } from "../execute/outcome.ts";
import {
  askAccount,
  type LibraryEntry,
  listLibraries,
  parseWhoami,
  unreadable,
  type Whoami,
} from "./account.ts";
import { type Exchange, type ExchangeWays, LIMITS, type Limits, openExchange } from "./exchange.ts";
import { checkToken } from "./host.ts";
import type { SentForm } from "./multipart.ts";
import { type Envelope, parseEnvelope, readDeletion, readUpload } from "./read-answer.ts";

/** What a client needs to know. */
export interface ClientOptions extends ExchangeWays {
  /** From `parseHost`. */
  baseUrl: string;
  token: string;
  /** Library id; needed for `upload` and `deleteGraphic` alone. */
  library?: string;
  /** Most connections at a time, each with one request. */
  connections: number;
  userAgent: string;
  /** Gets each `meta.notice` of `whoami` and `libraries`; an upload's is in its answer. */
  onNotice?: (notice: string) => void;
  limits?: Partial<Limits>;
}

/** The API of one service, for one token. */
export interface Client {
  /**
   * Sends one graphic, once, with an `Idempotency-Key` where one is given. Never rejects for trouble on the network: that is a `not-sent` or `lost`
   * answer.
   */
  upload(form: SentForm, key?: string): Promise<Answer>;
  /** Deletes one graphic, once; as `upload`, it never rejects for trouble on the network. */
  deleteGraphic(graphicId: string): Promise<Answer>;
  /** Whose token it is; a UserError when the service does not say. */
  whoami(): Promise<Whoami>;
  /** All libraries the token reaches; a UserError when the service does not say. */
  libraries(): Promise<LibraryEntry[]>;
  /** Requests that have no answer yet. */
  readonly underWay: number;
  /** Closes the connections once requests under way have ended. */
  close(): Promise<void>;
}

/** Makes a client; nothing is sent yet. Throws a UserError for a token that fits no header. */
export function createClient(options: ClientOptions): Client {
  const { baseUrl, library } = options;
  const service = { baseUrl, token: checkToken(options.token) };
  const limits = { ...LIMITS, ...options.limits };
  const exchange = openExchange(baseUrl, options.connections, limits, options);
  const headers = headersWith(service.token, options.userAgent);
  const graphics = graphicsBy(exchange, service.token, headers);
  const toLibrary = () => {
    if (library) return library;
    throw new Error("upload or deletion without a library");
  };

  const ask = async (path: string): Promise<Envelope> => {
    const request = { method: "GET", path, headers, body: null } as const;
    const envelope = await askAccount(exchange, service, request);
    if (envelope.notice) options.onNotice?.(envelope.notice);
    return envelope;
  };

  return {
    upload: async (form, key) => graphics.upload(toLibrary(), form, key),
    deleteGraphic: async (graphicId) => graphics.deleteGraphic(toLibrary(), graphicId),
    whoami: async () => parseWhoami((await ask("/API/v3/whoami")).result) ?? unreadable(baseUrl),
    libraries: () => listLibraries(baseUrl, ask),
    get underWay() {
      return exchange.underWay;
    },
    close: () => exchange.close(),
  };
}

/** What is sent for a graphic, each request once. */
function graphicsBy(exchange: Exchange, token: string, headers: string[]) {
  return {
    upload: async (
      library: string,
      { contentType, body }: SentForm,
      key?: string,
    ): Promise<Answer> => {
      const named = key === undefined ? [] : ["idempotency-key", key];
      const ofForm = [...headers, "content-type", contentType, ...named];
      const request = { method: "POST", path: pathOf(library), headers: ofForm, body } as const;
      return readUpload(await exchange.send(request), token);
    },
    deleteGraphic: async (library: string, graphicId: string): Promise<Answer> => {
      const path = `${pathOf(library)}/${encodeURIComponent(graphicId)}`;
      const request = { method: "DELETE", path, headers, body: null } as const;
      return readDeletion(await exchange.send(request), token);
    },
  };
}

function pathOf(library: string): string {
  return `/API/v3/libraries/${encodeURIComponent(library)}/graphics`;
}

function headersWith(token: string, userAgent: string): string[] {
  return ["x-api-token", token, "accept", "application/json", ...openHeaders(userAgent)];
}

/** Without the secret. Without `accept-encoding` any coding is welcome (RFC 9110 §12.5.3), and a compressed id cannot be read here. */
function openHeaders(userAgent: string): string[] {
  return ["accept-encoding", "identity", "user-agent", userAgent];
}

/** What a graphic's address gave. */
type Seen = { headers: IncomingHttpHeaders; httpStatus: number; body: Buffer } | undefined;

/** What is listed, where a service lists graphics after all. */
interface Listed {
  answer: Answer;
  names: ReadonlyMap<string, string>;
}

/** Asks a service what no other command asks, each request once. Nothing rejects for trouble on the network. */
export interface ProbeClient extends ReturnType<typeof graphicsBy> {
  list(library: string): Promise<Listed>;
  /** Without the token, as everybody sees it. */
  see(path: string): Promise<Seen>;
  close(): Promise<void>;
}

const listedSchema = z.object({
  elements: z.array(z.object({ id: z.string(), name: z.string() })),
});

/** Opens a client for a probe; nothing is sent yet. */
export function openProbeClient(
  options: Pick<ClientOptions, "baseUrl" | "token" | "userAgent" | keyof ExchangeWays>,
): ProbeClient {
  const token = checkToken(options.token);
  const exchange = openExchange(options.baseUrl, 1, LIMITS, options);
  const headers = headersWith(token, options.userAgent);
  return {
    ...graphicsBy(exchange, token, headers),
    async list(library) {
      const path = pathOf(library);
      const reply = await exchange.send({ method: "GET", path, headers, body: null });
      const envelope = reply.kind === "whole" ? parseEnvelope(reply.body, token) : null;
      const { data } = listedSchema.safeParse(envelope?.result);
      const names = new Map(data?.elements.map(({ id, name }) => [id, name]));
      return { answer: readDeletion(reply, token), names };
    },
    async see(path) {
      const open = openHeaders(options.userAgent);
      const reply = await exchange.send({ method: "GET", path, headers: open, body: null });
      return reply.kind === "whole" ? reply : undefined;
    },
    close: () => exchange.close(),
  };
}
