import { UserError } from "../user-error.ts";

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
    `character ${odd + 1} of the API token is a blank, a line break or not ASCII`,
    { hint: HINT },
  );
}

const HINT = "copy the token again from Account Settings, Qualtrics IDs, API";

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

function spellings(secret: string): RegExp[] {
  const bytes = Buffer.from(secret);
  const exact = [secret, bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url")];
  const hex = bytes.toString("hex");
  const anyCase = [encodeURIComponent(secret), hex.replace(/../g, "%$&"), hex];
  return [anyOf(exact, "g"), anyOf(anyCase, "gi")];
}

function anyOf(forms: readonly string[], flags: string): RegExp {
  return new RegExp(forms.map(escapeForRegExp).join("|"), flags);
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
