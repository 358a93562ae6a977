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
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate not trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate not trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate not trusted",
};

/**
 * A network error as a short sentence of our own and its code, `connection refused (ECONNREFUSED)`.
 * Nothing else of the error is used: its message may quote what was sent or received.
 */
export function describeTrouble(error: Error & { code?: unknown }): string {
  if (error.name === "HTTPParserError") return "answer is not HTTP";
  const code = typeof error.code === "string" ? error.code : "";
  if (!/^[A-Z][A-Z0-9_]{1,60}$/.test(code)) return "network error";
  return `${PHRASES[code] ?? familyPhrase(code)} (${code})`;
}

function familyPhrase(code: string): string {
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) return "TLS failed";
  if (code.includes("CERT") || code.includes("CRL")) return "certificate not accepted";
  return "network error";
}
