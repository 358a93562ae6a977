import type { Answer } from "../execute/outcome.ts";
import {
  askAccount,
  type LibraryEntry,
  listLibraries,
  parseWhoami,
  unreadable,
  type Whoami,
} from "./account.ts";
import { type ExchangeWays, LIMITS, type Limits, openExchange } from "./exchange.ts";
import { checkToken } from "./host.ts";
import type { UploadForm } from "./multipart.ts";
import { type Envelope, readDeletion, readUpload } from "./read-answer.ts";

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
  upload(form: Pick<UploadForm, "contentType" | "body">, key?: string): Promise<Answer>;
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
  const headers = commonHeaders(service.token, options.userAgent);
  const graphicsPath = library && `/API/v3/libraries/${encodeURIComponent(library)}/graphics`;

  const ask = async (path: string): Promise<Envelope> => {
    const request = { method: "GET", path, headers, body: null } as const;
    const envelope = await askAccount(exchange, service, request);
    if (envelope.notice) options.onNotice?.(envelope.notice);
    return envelope;
  };

  return {
    upload: async ({ contentType, body }, key) => {
      if (!graphicsPath) throw new Error("upload without a library");
      const named = key === undefined ? [] : ["idempotency-key", key];
      const ofForm = [...headers, "content-type", contentType, ...named];
      const request = { method: "POST", path: graphicsPath, headers: ofForm, body } as const;
      return readUpload(await exchange.send(request), service.token);
    },
    deleteGraphic: async (graphicId) => {
      if (!graphicsPath) throw new Error("deletion without a library");
      const path = `${graphicsPath}/${encodeURIComponent(graphicId)}`;
      const request = { method: "DELETE", path, headers, body: null } as const;
      return readDeletion(await exchange.send(request), service.token);
    },
    whoami: async () => parseWhoami((await ask("/API/v3/whoami")).result) ?? unreadable(baseUrl),
    libraries: () => listLibraries(baseUrl, ask),
    get underWay() {
      return exchange.underWay;
    },
    close: () => exchange.close(),
  };
}

function commonHeaders(token: string, userAgent: string): string[] {
  return [
    "x-api-token",
    token,
    "accept",
    "application/json",
    // Without it any coding is welcome (RFC 9110 §12.5.3), and a compressed id cannot be read here.
    "accept-encoding",
    "identity",
    "user-agent",
    userAgent,
  ];
}
