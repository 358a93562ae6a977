/** The library that graphics go to. */
export interface Target {
  /** The address's first part; see the contract, "A graphic's address". */
  service: string;
  library: string;
  /** For people: the host name, or `sandbox`. */
  host: string;
  /** Null for the embedded sandbox, whose port is known once it runs. */
  baseUrl: string | null;
}

/** What makes two targets one in the ledger. */
export type TargetKey = Pick<Target, "service" | "library">;

/** First part of a graphic's address: all hosts of Qualtrics are one service, and each port of this computer is its own. */
export function serviceOf(url: URL): string {
  if (url.hostname.endsWith(".qualtrics.com")) return "qualtrics.com";
  if (!isLoopback(url.hostname)) return url.host;
  return `loopback:${url.port || (url.protocol === "https:" ? "443" : "80")}`;
}

/** Whether a host name, as `URL` writes it, is of this computer alone. */
export function isLoopback(name: string): boolean {
  return name === "localhost" || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
}

/** The paths under which the service shows a graphic. */
export const URL_PATHS = ["ControlPanel", "CP"] as const;
export type UrlPath = (typeof URL_PATHS)[number];

/** Where anyone can see a graphic (qualtrics-api: Using the ids). */
export function graphicUrl(
  baseUrl: string,
  graphicId: string,
  path: UrlPath = "ControlPanel",
): string {
  return `${baseUrl}/${path}/Graphic.php?IM=${encodeURIComponent(graphicId)}`;
}

/**
 * Gives a recorded url if it is one that a graphic of the service has, and "" otherwise. Anyone could have written the
 * ledger, and its urls become links in pages and results.
 */
export function keepUrlsOf(service: string): (url: string, graphicId: string) => string {
  // By all that comes before the id, which is the same for many.
  const known = new Map<string, boolean>();
  return (url, graphicId) => {
    if (!url.endsWith(graphicId)) return "";
    const start = url.slice(0, url.length - graphicId.length);
    if (!known.has(start)) known.set(start, isStartOf(service, start));
    return known.get(start) ? url : "";
  };
}

function isStartOf(service: string, start: string): boolean {
  const origin = start.slice(0, -graphicUrl("", "").length);
  if (start !== graphicUrl(origin, "")) return false;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  const isHttp =
    url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
  if (url.origin !== origin || !isHttp) return false;
  // The embedded sandbox listens on another port each time.
  if (service === "sandbox") return isLoopback(url.hostname);
  return serviceOf(url) === service;
}
