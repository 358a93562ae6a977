import { readFileSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Socket } from "node:net";
import tls, { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { buildConnector } from "undici";
import { isLoopback } from "../plan/service.ts";
import { UserError } from "../user-error.ts";

/** What the user's environment says of the way to the service. */
export interface Network {
  /** The proxy for an origin; undefined where it is asked directly. */
  proxyFor(origin: string): URL | undefined;
  /** The certificates that are trusted; undefined for those Node trusts by itself. Read where https is first asked. */
  trust(): SecureContext | undefined;
}

/** No proxy, and the certificates of Node. */
export const DIRECT: Network = { proxyFor: () => undefined, trust: () => undefined };

type Environment = Readonly<Record<string, string | undefined>>;

// Lower case first, as curl has it; HTTP_PROXY last, for those who set nothing else.
const PROXY_VARIABLES = ["HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"];

/**
 * Reads HTTPS_PROXY, ALL_PROXY, HTTP_PROXY, NO_PROXY and SSL_CERT_FILE. Loopback is never asked through a proxy, and
 * http goes nowhere else, so that every proxy is asked for a tunnel and sees neither token nor pictures. A `UserError`
 * for a value that cannot be used; it is not repeated, for it may hold a password.
 */
export function openNetwork(env: Environment): Network {
  const proxy = readProxy(env);
  const exceptions = (env.no_proxy ?? env.NO_PROXY ?? "").split(/[\s,]+/).filter(Boolean);
  return {
    proxyFor: (origin) => {
      const { protocol, hostname, port } = new URL(origin);
      if (!proxy || protocol !== "https:" || isLoopback(hostname)) return undefined;
      return exceptions.some((one) => isExcepted(one, hostname, port || "443")) ? undefined : proxy;
    },
    trust: () => trustOf(env),
  };
}

function readProxy(env: Environment): URL | undefined {
  const name = PROXY_VARIABLES.flatMap((one) => [one.toLowerCase(), one]).find((one) => env[one]);
  if (name === undefined) return undefined;
  const value = env[name] ?? "";
  const text = value.includes("://") ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === "http:" || url.protocol === "https:")) return url;
  throw new UserError("PROXY_INVALID", `${name} does not name a proxy that qgfx can use`, {
    hint: "expected http://host:port or https://host:port; SOCKS is not supported",
  });
}

/** `example.com`, `.example.com` and `*.example.com` are that name and all below it; `*` is everything. */
function isExcepted(exception: string, hostname: string, port: string): boolean {
  if (exception === "*") return true;
  const [, name = "", onlyPort] = /^(.*?)(?::(\d+))?$/.exec(exception.toLowerCase()) ?? [];
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const bare = name.replace(/^\*?\./, "");
  return hostname === bare || hostname.endsWith(`.${bare}`);
}

/** By files: to read all of Node's certificates takes half a second. */
const trusted = new Map<string, SecureContext>();

/** What SSL_CERT_FILE holds is trusted beside what Node and NODE_EXTRA_CA_CERTS do. */
function trustOf(env: Environment): SecureContext | undefined {
  if (!env.SSL_CERT_FILE) return undefined;
  const files = JSON.stringify([env.SSL_CERT_FILE, env.NODE_EXTRA_CA_CERTS]);
  const trust = trusted.get(files) ?? readTrust(env);
  trusted.set(files, trust);
  return trust;
}

function readTrust(env: Environment): SecureContext {
  // Node 20 cannot tell what it trusts by default, and its types do not know of it.
  const { getCACertificates } = tls as { getCACertificates?: (kind: "default") => string[] };
  const known = getCACertificates?.("default") ?? [
    ...rootCertificates,
    ...(env.NODE_EXTRA_CA_CERTS ? [readCertificates("NODE_EXTRA_CA_CERTS", env)] : []),
  ];
  try {
    return createSecureContext({ ca: [...known, readCertificates("SSL_CERT_FILE", env)] });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw noCertificates("SSL_CERT_FILE");
  }
}

function readCertificates(name: string, env: Environment): string {
  try {
    const text = readFileSync(env[name] ?? "", "utf8");
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  } catch {
    // Told below.
  }
  throw noCertificates(name);
}

function noCertificates(name: string): UserError {
  return new UserError("CERTIFICATES_UNREADABLE", `${name} does not name a file of certificates`, {
    hint: `expected a PEM file, with -----BEGIN CERTIFICATE----- in it; correct ${name}, or unset it`,
  });
}

/** Connects to an origin, through its proxy where it has one, and watches its answers. Certificates are always checked. */
export function connectorTo(
  origin: string,
  network: Network,
  timeoutMs: number,
): buildConnector.connector {
  // Said here, NODE_TLS_REJECT_UNAUTHORIZED has no say.
  const secureContext = origin.startsWith("https:") ? network.trust() : undefined;
  const checks = { rejectUnauthorized: true, ...(secureContext && { secureContext }) };
  // Each attempt has a deadline, and idle connections are closed: probes add nothing, and Wine refuses to set them.
  const connect = watched(buildConnector({ timeout: timeoutMs, keepAlive: false, ...checks }));
  const proxy = network.proxyFor(origin);
  if (!proxy) return connect;
  return (options, callback) => {
    const target = `${options.hostname}:${options.port || "443"}`;
    openTunnel(proxy, target, { ...checks, timeout: timeoutMs }).then(
      (socket) => connect({ ...options, httpSocket: socket }, callback),
      (error: Error) => callback(error, null),
    );
  };
}

/** A connection to `target` that a proxy made (RFC 9110 §9.3.6); nothing of a request has left by then. */
function openTunnel(
  proxy: URL,
  target: string,
  { timeout, ...checks }: { timeout: number; rejectUnauthorized: boolean },
): Promise<Socket> {
  const host = proxy.hostname.replace(/^\[|\]$/g, "");
  const isSecure = proxy.protocol === "https:";
  const options = {
    ...{ host, port: proxy.port || (isSecure ? 443 : 80), method: "CONNECT", path: target },
    ...{ headers: { host: target, ...credentialsOf(proxy) }, agent: false, timeout },
  };
  const request = isSecure ? requestHttps({ ...options, ...checks }) : requestHttp(options);
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(Object.assign(error, { proxy: proxy.host }));
    request.once("connect", ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
      socket.setTimeout(0);
      if (statusCode === 200 && head.length === 0) return resolve(socket);
      socket.on("error", () => {}).destroy();
      fail(Object.assign(new Error("no tunnel"), { code: `PROXY_${statusCode}` }));
    });
    // For a request that ended without an answer, too: an error of its own tells of that.
    request.on("error", fail);
    request.once("timeout", () => {
      request.destroy(Object.assign(new Error("timeout"), { code: "UND_ERR_CONNECT_TIMEOUT" }));
    });
    request.end();
  });
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

function watched(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...args) =>
      args[0] ? callback(args[0], null) : callback(null, watchAnswers(args[1])),
    );
}

const INTERIM = Buffer.from("HTTP/1.1 1");
const SUCCESS = /^HTTP\/1\.[01] 2/;
const STATUS_LINE_BYTES = 12;
const END_OF_HEAD = "\r\n\r\n";
const MAX_HEAD_BYTES = 8192;

/**
 * Watches how each answer on a connection begins, at the one place where undici takes the socket's bytes:
 *
 * - An unasked `100 Continue`, or another interim answer, passes by, as RFC 9110 §15.2 wants. undici 7 breaks the
 *   connection at a 100, and the graphic's id in the answer behind it would be lost.
 * - A 2xx that begins before the system has taken the whole request may answer another one (reliability: What broke the
 *   promise). The connection is broken, so that the request is `lost` and nothing on it is taken for the next one.
 */
function watchAnswers<T extends Socket>(socket: T): T {
  const read = socket.read.bind(socket);
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let atStart = true;
  let isWriteTold = false;
  let isWaiting = false;
  let held: Buffer | undefined;

  const hear = () => {
    isWaiting = false;
    isWriteTold = true;
    socket.emit("readable");
  };
  /** TLS tells one turn later of what it wrote at once: a program that was held up has the answer before that. */
  const hasHeardOfWrites = (): boolean => {
    if (isWriteTold || socket.writableLength === 0) return true;
    if (!isWaiting) setImmediate(hear);
    isWaiting = true;
    return false;
  };
  /** What of an answer's first bytes is for undici. */
  const begin = (chunk: Buffer): Buffer | null => {
    const bytes = held ? Buffer.concat([held, chunk]) : chunk;
    const rest = afterInterim(bytes);
    held = rest === "more" ? bytes : undefined;
    if (rest === "more" || rest.length === 0) return null;
    atStart = false;
    if (socket.writableLength === 0 || !SUCCESS.test(rest.toString("latin1", 0, 12))) return rest;
    socket.destroy(Object.assign(new Error("early answer"), { code: "EARLY_ANSWER" }));
    return null;
  };
  socket.write = (...args: unknown[]): boolean => {
    atStart = true;
    isWriteTold = false;
    return write(...args);
  };
  socket.read = (size?: number): Buffer | null => {
    if (!atStart) return read(size);
    const chunk: Buffer | null = hasHeardOfWrites() ? read(size) : null;
    return chunk && begin(chunk);
  };
  return socket;
}

/** What follows any interim answers but 101, which is for undici; `more` while it cannot be told. */
function afterInterim(bytes: Buffer): Buffer | "more" {
  let rest = bytes;
  while (rest.length > 0) {
    const compared = Math.min(rest.length, INTERIM.length);
    if (rest.compare(INTERIM, 0, compared, 0, compared) !== 0) return rest;
    if (rest.length < STATUS_LINE_BYTES) return "more";
    if (rest.toString("latin1", 9, STATUS_LINE_BYTES) === "101") return rest;
    const end = rest.indexOf(END_OF_HEAD);
    if (end === -1) return rest.length > MAX_HEAD_BYTES ? rest : "more";
    rest = rest.subarray(end + END_OF_HEAD.length);
  }
  return rest;
}
