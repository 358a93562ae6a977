const STRUCK = "[token]";

/**
 * Strikes a secret out of a text the service sent, however it is spelled there: as it is, percent-encoded
 * (RFC 3986 §2.1), in base64 (RFC 4648 §4 and §5) or in hex.
 */
export function strikeOut(text: string, secret: string): string {
  return spellings(secret).reduce((left, form) => left.replace(form, STRUCK), text);
}

/** As `strikeOut`, of every string in a JSON value, keys included. */
export function strikeOutDeep(value: unknown, secret: string): unknown {
  if (typeof value === "string") return strikeOut(value, secret);
  if (Array.isArray(value)) return value.map((one) => strikeOutDeep(one, secret));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [strikeOut(key, secret), strikeOutDeep(one, secret)]),
  );
}

let known: { secret: string; forms: RegExp[] } | undefined;

/** Made once: the same secret goes with every request of a run. */
function spellings(secret: string): RegExp[] {
  if (known?.secret !== secret) known = { secret, forms: makeSpellings(secret) };
  return known.forms;
}

function makeSpellings(secret: string): RegExp[] {
  const bytes = Buffer.from(secret);
  const exact = [secret, bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url")];
  const anyCase = [encodeURIComponent(secret), bytes.toString("hex")];
  return [anyOf(exact, "g"), anyOf(anyCase, "gi")];
}

function anyOf(forms: readonly string[], flags: string): RegExp {
  return new RegExp(forms.map(escapeForRegExp).join("|"), flags);
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
