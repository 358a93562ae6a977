import { hasQuotes, NAME_QUOTES, type NameQuotes } from "../manifest/name-quotes.ts";

// Format 2 has no columns for these, and the rows they are about need none: their `reason` holds them after the reason
// itself, the key first.
const QUOTES_MARK = "; name-quotes ";
const KEY_MARK = "; key ";
const KEY_CHARS = 36;

/** How an upload was sent, as far as there is a choice. */
export interface SentAs {
  nameQuotes: NameQuotes | undefined;
  /** Its `Idempotency-Key`. */
  key: string | undefined;
}

/** The reason of an upload as it is recorded: with its key, and with how the name is sent where there are two ways. */
export function noteReason(
  { name, reason }: { name: string; reason: string },
  { nameQuotes, key }: SentAs,
): string {
  const keyed = key === undefined ? reason : `${reason}${KEY_MARK}${key}`;
  return nameQuotes !== undefined && hasQuotes(name)
    ? `${keyed}${QUOTES_MARK}${nameQuotes}`
    : keyed;
}

/** A recorded reason, and how the upload was sent; undefined where there is one way, or an older qgfx sent it. */
export function readNotedReason(recorded: string): { reason: string } & SentAs {
  const [before = "", noted] = recorded.split(QUOTES_MARK);
  const nameQuotes = NAME_QUOTES.find((form) => form === noted);
  const keyed = nameQuotes === undefined ? recorded : before;
  const [reason = "", key] = keyed.split(KEY_MARK);
  return key?.length === KEY_CHARS
    ? { reason, nameQuotes, key }
    : { reason: keyed, nameQuotes, key: undefined };
}

/** In SQL, what tells one upload from another: attempts with the same key are one, however often it was sent. */
export const ONE_UPLOAD = `iif(instr(reason, '${KEY_MARK}') > 0,
  substr(reason, instr(reason, '${KEY_MARK}') + ${KEY_MARK.length}, ${KEY_CHARS}), id)`;
