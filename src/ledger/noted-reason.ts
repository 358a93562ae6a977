import { hasQuotes, NAME_QUOTES, type NameQuotes } from "../manifest/name-quotes.ts";

// Format 2 has no column for it, and the few rows it is about need none: their `reason` holds it after the reason itself.
const MARK = "; name-quotes ";

/** The reason of an upload as it is recorded: with how the name was sent, where there are two ways. */
export function noteNameQuotes(
  { name, reason }: { name: string; reason: string },
  form: NameQuotes | undefined,
): string {
  return form !== undefined && hasQuotes(name) ? `${reason}${MARK}${form}` : reason;
}

/** A recorded reason, and how the name was sent; undefined where there is one way, or an older qgfx sent it. */
export function readNotedReason(recorded: string): {
  reason: string;
  nameQuotes: NameQuotes | undefined;
} {
  const [reason = "", noted] = recorded.split(MARK);
  const nameQuotes = NAME_QUOTES.find((form) => form === noted);
  return nameQuotes === undefined ? { reason: recorded, nameQuotes } : { reason, nameQuotes };
}
