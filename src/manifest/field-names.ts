import type { Field } from "./manifest.ts";
import { editsBetween } from "./nearest.ts";

/** Spellings of each field, as `plainName` leaves them (contract: Manifest). */
const ALIASES: ReadonlyMap<string, Field> = new Map([
  ["path", "path"],
  ["file", "path"],
  ["filepath", "path"],
  ["name", "name"],
  ["displayname", "name"],
  ["contenttype", "contentType"],
  ["mimetype", "contentType"],
  ["folder", "folder"],
]);

/** A header or key without what does not count: case, spaces, `_` and `-`. */
export function plainName(header: string): string {
  return header.toLowerCase().replace(/[\s_-]/g, "");
}

/** The field a header names; undefined: the column is the user's own. */
export function fieldOfHeader(header: string): Field | undefined {
  return ALIASES.get(plainName(header));
}

/** The field that a header naming none may be a slip of: same first letter, a letter or two wrong or swapped. */
export function lookalikeField(header: string): Field | undefined {
  const plain = plainName(header);
  if (ALIASES.has(plain)) return undefined;
  for (const [alias, field] of ALIASES) {
    const allowed = alias.length < 5 ? 1 : 2;
    if (plain[0] === alias[0] && editsBetween(plain, alias) <= allowed) return field;
  }
  return undefined;
}
