import { isLoopback, serviceOf } from "../plan/service.ts";
import { UserError } from "../user-error.ts";

/** Where requests go, and which record of graphics belongs to it. */
export interface Host {
  /** Scheme, host and non-default port, without a trailing slash: `https://fra1.qualtrics.com`. */
  baseUrl: string;
  /** First part of a graphic's address (contract: "A graphic's address"). */
  service: string;
}

// A scheme, one slash-free authority, a path. What no host name holds is refused before `URL` sees it,
// for `URL` reads `http://0x7f.1`, `ｅxample.com` or `a%2eb` as other hosts than the one written.
const SHAPE = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/]*)(\/.*)?$/is;
const AUTHORITY = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?$/i;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const ROOT_PATHS = new Set(["", "/", "/API/v3", "/API/v3/"]);

/**
 * Reads a URL or a host name as a user writes it (`--host`, QUALTRICS_BASE_URL). https unless said
 * otherwise; plain http only to loopback, and assumed there. Throws a UserError for anything else.
 */
export function parseHost(text: string): Host {
  const trimmed = text.trim();
  refuseExtras(trimmed);
  const [, scheme = "", authority = "", path = ""] = SHAPE.exec(trimmed) ?? [];
  const [, written = "", port = ""] = AUTHORITY.exec(authority) ?? [];
  if (!written) throw notAHost(trimmed);
  if (!ROOT_PATHS.has(path)) {
    throw invalid(`'${trimmed}' holds the path '${path}'; expected a host name or its root`, {
      hint: "give the host name alone, for example fra1.qualtrics.com",
    });
  }
  const name = checkName(trimmed, written.toLowerCase().replace(/\.$/, ""));
  const loopback = isLoopback(name);
  const url = toUrl(trimmed, chooseScheme(scheme.toLowerCase(), loopback, trimmed), name, port);
  return { baseUrl: url.origin, service: serviceOf(url) };
}

const QUALTRICS = ".qualtrics.com";

/**
 * The host in what people paste for it: an address from the browser, a survey's link, the name of a data center.
 * Throws a UserError where there is none.
 */
export function hostFromAddress(text: string): Host {
  const words = text.trim().split(/\s+/);
  const word = words.find((one) => one.toLowerCase().includes(QUALTRICS)) ?? words.at(-1) ?? "";
  const bare = word.replace(/^[<("'[]+|[>)"'\],;.]+$/g, "");
  const [, scheme = "", authority = ""] = /^([a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)/i.exec(bare) ?? [];
  if (/^[a-z]{2,4}\d{1,2}$/i.test(authority)) return parseHost(authority + QUALTRICS);
  // What a link says of http is of no use: the API is asked by https.
  const isQualtrics = authority.toLowerCase().endsWith(QUALTRICS);
  return parseHost(isQualtrics ? authority : scheme + authority);
}

/** User info, a query and a fragment may hold secrets: the message does not repeat them. */
function refuseExtras(text: string): void {
  const extra = text.includes("@")
    ? "a user name or password"
    : text.includes("?")
      ? "a query"
      : text.includes("#") && "a fragment";
  if (!extra) return;
  throw invalid(`the host holds ${extra}; expected a host name such as fra1.qualtrics.com`, {
    hint: "give the host name alone; the token goes in QUALTRICS_API_KEY or --token-file",
  });
}

function checkName(text: string, name: string): string {
  if (name === "localhost") return name;
  // The only names with several spellings: `[0:0::1]` is `[::1]`.
  if (name.startsWith("[")) return toUrl(text, "https", name, "").hostname;
  const labels = name.split(".");
  if (!labels.every((label) => LABEL.test(label)) || name.length > 253) throw notAHost(text);
  if (labels.length > 1) return name;
  throw invalid(`'${name}' is not a whole host name`, {
    hint: `for the data center ${name}, give ${name}.qualtrics.com`,
  });
}

function chooseScheme(scheme: string, loopback: boolean, text: string): string {
  if (scheme === "") return loopback ? "http" : "https";
  if (scheme === "https" || (scheme === "http" && loopback)) return scheme;
  if (scheme !== "http") throw notAHost(text);
  throw invalid(`'${text}' would send the token unencrypted: http:// goes only to loopback`, {
    hint: "write https:// or the host name alone",
  });
}

function toUrl(text: string, scheme: string, name: string, port: string): URL {
  const url = `${scheme}://${name}${port && `:${port}`}`;
  if (!URL.canParse(url) || Number(port || 1) === 0) throw notAHost(text);
  const parsed = new URL(url);
  // `127.1` and `0x7f.1` would become 127.0.0.1 here: only the written form counts.
  if (!name.startsWith("[") && parsed.hostname !== name) throw notAHost(text);
  return parsed;
}

function notAHost(text: string): UserError {
  return invalid(`'${text}' is not a host name`, {
    hint: "give a name in plain ASCII such as fra1.qualtrics.com, or https://fra1.qualtrics.com",
  });
}

function invalid(message: string, details: { hint: string }): UserError {
  return new UserError("HOST_INVALID", message, details);
}

// qualtrics-api, Hosts: "Request proxied. For faster response times, use this host instead: X.qualtrics.com"
const NOTICE = /\buse this host instead:\s*([a-z0-9-]+(?:\.[a-z0-9-]+)+)/i;

/**
 * The host that `meta.notice` recommends, lower case; null where it names none. Only a host of
 * qualtrics.com is passed on: the advice is to send the token there.
 */
export function hostFromNotice(notice: string): string | null {
  const host = NOTICE.exec(notice)?.[1]?.toLowerCase();
  return host?.endsWith(".qualtrics.com") ? host : null;
}

const MAX_LENGTH = 4096;

/**
 * An API token fit for a header: visible ASCII without blanks (reliability: Security), surrounding
 * white space removed. Throws a UserError that does not show it.
 */
export function checkToken(text: string): string {
  const token = text.trim();
  if (token === "") throw new UserError("TOKEN_INVALID", "the API token is empty", { hint: HINT });
  if (token.length > MAX_LENGTH) {
    const message = `the API token has ${token.length} characters; expected one short line`;
    throw new UserError("TOKEN_INVALID", message, { hint: HINT });
  }
  const odd = token.search(/[^\x21-\x7e]/);
  if (odd === -1) return token;
  throw new UserError(
    "TOKEN_INVALID",
    `character ${odd + 1} of the API token is a space, a line break or not ASCII`,
    { hint: HINT },
  );
}

const HINT = "copy the token again from Account Settings, Qualtrics IDs, API";

/** What to do with a token that was typed into a command line. */
export const TOKEN_HINT =
  "a command line can be read by others and is kept in the shell's history: make a new token in Qualtrics, then run `qgfx setup`, or put it in QUALTRICS_API_KEY or a file";

const STRUCK = "[token]";

/**
 * Strikes a secret out of a text the service sent, however it is spelled there: as it is, percent-encoded
 * (RFC 3986 §2.1), in base64 (RFC 4648 §4 and §5) or in hex.
 */
export function strikeOut(text: string, secret: string): string {
  return spellings(secret).reduce((left, form) => left.replace(form, STRUCK), text);
}

/** As `strikeOut`, of every string in a JSON value; undefined where that is nested too deep to be walked through. */
export function strikeOutOfAll(value: unknown, secret: string): unknown {
  try {
    return JSON.parse(JSON.stringify(value), (_key, one) =>
      typeof one === "string" ? strikeOut(one, secret) : one,
    );
  } catch {
    return undefined;
  }
}

/** Those of the last secret: a run has one, and each answer is searched for it. */
let known: { secret: string; forms: RegExp[] } | undefined;

function spellings(secret: string): RegExp[] {
  if (known?.secret !== secret) known = { secret, forms: formsOf(secret) };
  return known.forms;
}

function formsOf(secret: string): RegExp[] {
  const bytes = Buffer.from(secret);
  const exact = [secret, bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url")];
  const hex = bytes.toString("hex");
  const anyCase = [encodeURIComponent(secret), hex.replace(/../g, "%$&"), hex];
  return [anyOf(exact, "g"), anyOf(anyCase, "gi")];
}

function anyOf(forms: readonly string[], flags: string): RegExp {
  const escaped = forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  return new RegExp(escaped.join("|"), flags);
}
