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
