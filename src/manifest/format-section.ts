/** One piece of a number format: text shown as it is, or something the value fills. */
export type FormatToken =
  | { kind: "literal"; text: string }
  /** `0`, `#`, `.`, `yyyy`, `mm`, `@`, `%`, `general`. */
  | { kind: "code"; text: string }
  /** Something that depends on the computer's language, or that we do not read. */
  | { kind: "unread"; text: string };

/**
 * Pieces of a format code (ECMA-376 part 1, 18.8.31), in this order: quoted text, escaped character, padding of a
 * character's width, what stands in brackets, codes, the characters shown without quotes, anything else.
 */
const PIECE =
  /"([^"]*)"|\\([\s\S])|_([\s\S])|\[([^\]]*)\]|(General|y+|m+|d+|h+|s+|[0#@%.])|([ \-+()!^&'~{}<>=$€£¥])|([\s\S])/gi;

/** Splits a format code into its sections at `;` and each section into tokens. */
export function parseFormat(code: string): FormatToken[][] {
  const sections: FormatToken[][] = [[]];
  for (const match of code.matchAll(PIECE)) {
    if (match[0] === ";") sections.push([]);
    else sections.at(-1)?.push(...tokensOf(match));
  }
  return sections;
}

function tokensOf(match: RegExpExecArray): FormatToken[] {
  const [text, quoted, escaped, padding, bracket, code, shown] = match;
  const literal = quoted ?? escaped ?? shown;
  if (literal !== undefined) return [{ kind: "literal", text: literal }];
  if (padding !== undefined) return [{ kind: "literal", text: " " }];
  if (bracket !== undefined) return bracketTokens(bracket);
  if (code !== undefined) return [{ kind: "code", text: code.toLowerCase() }];
  return [{ kind: "unread", text }];
}

const COLOUR = /^(black|blue|cyan|green|magenta|red|white|yellow|color ?\d+)$/i;

function bracketTokens(bracket: string): FormatToken[] {
  if (COLOUR.test(bracket)) return [];
  const currency = /^\$([^-]*)(?:-[0-9a-f]{1,4})?$/i.exec(bracket);
  if (currency) return currency[1] ? [{ kind: "literal", text: currency[1] }] : [];
  return [{ kind: "unread", text: bracket }];
}
