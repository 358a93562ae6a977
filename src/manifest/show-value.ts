const LONGEST_SHOWN = 80;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `\\u{${hex}}`;
}

/** A value as messages quote it: in single quotes, invisible characters as `\u{…}`, at most 80 characters. */
export function showValue(value: string): string {
  if (value.length <= LONGEST_SHOWN) return `'${value.replace(INVISIBLE, escaped)}'`;
  const start = value.slice(0, LONGEST_SHOWN).replace(/[\uD800-\uDBFF]$/, "");
  return `'${start.replace(INVISIBLE, escaped)}…' (${value.length} characters)`;
}
