/** The two ways in which clients write `"` and `\` in an upload's name (qualtrics-api: Upload). */
export const NAME_QUOTES = ["percent", "backslash"] as const;

/**
 * - `percent`: `"` as `%22`, `\` as it is, as browsers, curl, requests and undici do.
 * - `backslash`: a backslash before each, as RFC 7578 and RFC 822 have it.
 */
export type NameQuotes = (typeof NAME_QUOTES)[number];

/** How names are sent where nobody says otherwise. */
export const DEFAULT_NAME_QUOTES: NameQuotes = "percent";

/** Whether the two ways differ for a name. */
export function hasQuotes(name: string): boolean {
  return /["\\]/.test(name);
}
