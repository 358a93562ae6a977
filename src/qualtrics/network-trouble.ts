import type { Unanswered } from "../execute/outcome.ts";

const PHRASES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection closed while sending",
  ETIMEDOUT: "connection timed out",
  ENOTFOUND: "host name not found",
  EAI_AGAIN: "host name could not be looked up",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  EMFILE: "too many open files",
  EARLY_ANSWER: "answer began before the whole request was sent",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
  UND_ERR_SOCKET: "connection closed before the whole answer",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "answer too long",
  UND_ERR_HEADERS_OVERFLOW: "answer's headers too long",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "answer shorter or longer than it says",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate is for another host",
  CERT_HAS_EXPIRED: "certificate has expired",
  CERT_NOT_YET_VALID: "certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate not trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate not trusted",
  UNABLE_TO_GET_ISSUER_CERT: "certificate not trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate not trusted",
  PROXY_407: "it wants a user name and a password",
  PROXY_403: "it does not allow this host",
};

/** As undici and Node throw it; `proxy`: the one that it is about. */
type NetworkError = Error & { code?: unknown; proxy?: string };

/**
 * A network error as a short sentence of our own and its code, `connection refused (ECONNREFUSED)`.
 * Nothing else of the error is used: its message may quote what was sent or received.
 */
export function describeTrouble(error: NetworkError): string {
  const where = error.proxy === undefined ? "" : `proxy ${error.proxy}: `;
  return where + describe(error);
}

function describe(error: NetworkError): string {
  if (error.name === "HTTPParserError") return "answer is not HTTP";
  const code = codeOf(error);
  const status = /^PROXY_(\d{3})$/.exec(code)?.[1];
  if (status !== undefined) return `${PHRASES[code] ?? "it made no connection"} (HTTP ${status})`;
  return code === "" ? "network error" : `${PHRASES[code] ?? familyPhrase(code)} (${code})`;
}

function codeOf({ code }: NetworkError): string {
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : "";
}

function familyPhrase(code: string): string {
  if (isOfCertificate(code)) return "certificate not accepted";
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) return "TLS failed";
  if (code.startsWith("HPE_")) return "answer is not HTTP";
  return "network error";
}

/** OpenSSL's own codes of verification have no prefix. */
function isOfCertificate(code: string): boolean {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return true;
  return !code.startsWith("ERR_") && /CERT|CRL|LEAF_SIGNATURE|ISSUER/.test(code);
}

const TRUST =
  "your network may sign with a certificate of its own: ask who runs it for that certificate, then set NODE_EXTRA_CA_CERTS to its file";

/** What the user can do about an error, and whether it stands in the way of every request until then. */
export type Remedy = Pick<Unanswered, "remedy" | "isLasting">;

/** Undefined where nothing is known that helps. */
export function remedyFor(error: NetworkError): Remedy | undefined {
  const remedy = lastingRemedy(codeOf(error));
  if (remedy !== undefined) return { remedy, isLasting: true };
  if (error.proxy === undefined) return undefined;
  return {
    remedy:
      "check the proxy (HTTPS_PROXY, ALL_PROXY or HTTP_PROXY), or name the host in NO_PROXY if it can be reached without",
  };
}

function lastingRemedy(code: string): string | undefined {
  if (code === "PROXY_407")
    return "put user and password into HTTPS_PROXY: http://user:password@host:port";
  if (code === "PROXY_403" || code === "PROXY_401") {
    return "ask who runs the proxy to allow it, or name the host in NO_PROXY if it can be reached without";
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "check the host's name";
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return "check this computer's clock";
  }
  return isOfCertificate(code) ? TRUST : undefined;
}
