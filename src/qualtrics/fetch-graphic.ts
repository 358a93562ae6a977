import type { IncomingHttpHeaders } from "node:http";
import { UserError } from "../user-error.ts";
import {
  type Exchange,
  type ExchangeWays,
  LIMITS,
  type Limits,
  openExchange,
  type Request,
} from "./exchange.ts";
import { parseHost } from "./host.ts";

/** What a graphic's URL gave. */
export type FetchedGraphic =
  | { kind: "bytes"; bytes: Uint8Array; contentType: string }
  /** The service answered that there is no such graphic. */
  | { kind: "missing"; httpStatus: number }
  /** Nobody can say: no whole answer, or one that is neither the graphic nor its absence. */
  | { kind: "unreachable"; message: string };

/** Bounds of one fetch; the rest are those of every exchange. */
export interface FetchLimits extends Partial<Limits> {
  /** A longer body is not read to its end. */
  maxBytes: number;
}

/** Fetches graphics, keeping the connections to each host. */
export interface GraphicReader {
  /** One graphic's bytes from its URL, as anyone can have them. Never rejects for the network's sake. */
  fetch(url: string): Promise<FetchedGraphic>;
  close(): Promise<void>;
}

const MAX_REDIRECTS = 3;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const MISSING: readonly number[] = [404, 410];

// No token: anyone with the URL can see a graphic (qualtrics-api: Upload).
const HEADERS = ["accept", "image/*", "accept-encoding", "identity", "user-agent", "qgfx"];

/** Opens a reader with at most `connections` connections to each host. */
export function openGraphicReader(
  connections: number,
  limits: FetchLimits,
  ways: ExchangeWays = {},
): GraphicReader {
  const exchanges = new Map<string, Exchange>();
  const bounds = { ...LIMITS, ...limits, answerBytes: limits.maxBytes };
  const exchangeFor = (origin: string): Exchange => {
    const known = exchanges.get(origin);
    if (known) return known;
    const opened = openExchange(origin, connections, bounds, ways);
    exchanges.set(origin, opened);
    return opened;
  };
  return {
    fetch: (url) => follow(url, exchangeFor),
    close: async () => {
      await Promise.all([...exchanges.values()].map((exchange) => exchange.close()));
    },
  };
}

/** Redirects are followed on the graphic's own host alone: its URL names whom the user trusts. */
async function follow(
  url: string,
  exchangeFor: (origin: string) => Exchange,
): Promise<FetchedGraphic> {
  const origin = originOf(url);
  if (origin === undefined) return unreachable(`'${url}' is not the URL of a graphic`);
  let place = new URL(url);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const path = `${place.pathname}${place.search}`;
    const request: Request = { method: "GET", path, headers: [...HEADERS], body: null };
    const reply = await exchangeFor(origin).send(request);
    if (reply.kind !== "whole") return unreachable(reply.message);
    const { httpStatus, headers, body } = reply;
    if (!REDIRECTS.includes(httpStatus)) return read(httpStatus, headers, body);
    const next = headers.location ?? "";
    if (!URL.canParse(next, place.href))
      return unreachable(`HTTP ${httpStatus} without a place to go`);
    place = new URL(next, place);
    if (place.origin !== origin) return unreachable(`sent on to another host, ${place.host}`);
  }
  return unreachable(`sent on more than ${MAX_REDIRECTS} times`);
}

/** Undefined for what is no https URL (or http to loopback). */
function originOf(url: string): string | undefined {
  if (!/^https?:/i.test(url) || !URL.canParse(url)) return undefined;
  try {
    return parseHost(new URL(url).origin).baseUrl;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function read(httpStatus: number, headers: IncomingHttpHeaders, body: Buffer): FetchedGraphic {
  if (MISSING.includes(httpStatus)) return { kind: "missing", httpStatus };
  if (httpStatus !== 200) return unreachable(`HTTP ${httpStatus}`);
  const [contentType = ""] = (headers["content-type"] ?? "").split(";");
  return { kind: "bytes", bytes: body, contentType: contentType.trim().toLowerCase() };
}

function unreachable(message: string): FetchedGraphic {
  return { kind: "unreachable", message };
}
