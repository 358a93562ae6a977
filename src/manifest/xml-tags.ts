/** One tag of an XML text. */
export interface XmlTag {
  /** Without its namespace prefix. */
  name: string;
  /** `x:` of `<x:row>`, or nothing. */
  prefix: string;
  kind: "open" | "close" | "empty";
  /** Everything between the name and the end of the tag, as written. */
  attributes: string;
  /** Offsets of `<` and of what follows `>`. */
  start: number;
  end: number;
}

/** What begins like a tag and is none, and how it ends. */
const PASSED_OVER = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
  ["<!", ">"],
] as const;

const NAME = /^<\/?([\w.-]+:)?([\w.-]+)/;

/**
 * The tags of a well-formed XML text with their places: what reader libraries do not give and an edit in place
 * needs. Comments, instructions and CDATA are passed over; no entity of a DTD is read. Each character is looked
 * at once: reading ends where a tag is not closed.
 */
export function* xmlTags(xml: string): Generator<XmlTag> {
  let start = xml.indexOf("<");
  while (start !== -1) {
    const other = PASSED_OVER.find(([opening]) => xml.startsWith(opening, start));
    const end = other ? endOf(xml, other[1], start) : tagEnd(xml, start);
    if (end === -1) return;
    const tag = other ? undefined : parseTag(xml.slice(start, end), start);
    if (tag) yield tag;
    start = xml.indexOf("<", end);
  }
}

function endOf(xml: string, closing: string, start: number): number {
  const at = xml.indexOf(closing, start);
  return at === -1 ? -1 : at + closing.length;
}

/** Behind the `>` that ends the tag at `start`, those in quotes not counted; -1: there is none. */
function tagEnd(xml: string, start: number): number {
  let quote = "";
  for (let at = start; at < xml.length; at += 1) {
    const character = xml.charAt(at);
    if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === ">") return at + 1;
    else if (character === '"' || character === "'") quote = character;
  }
  return -1;
}

function parseTag(text: string, start: number): XmlTag | undefined {
  const match = NAME.exec(text);
  const name = match?.[2];
  if (!match || name === undefined) return undefined;
  const isEmpty = text.endsWith("/>");
  return {
    name,
    prefix: match[1] ?? "",
    kind: text.startsWith("</") ? "close" : isEmpty ? "empty" : "open",
    attributes: text.slice(match[0].length, isEmpty ? -2 : -1),
    start,
    end: start + text.length,
  };
}

const PATTERNS = new Map<string, RegExp>();

/** The value of an attribute, its prefix included in `name` where it has one; undefined: it is not there. */
export function attributeOf({ attributes }: XmlTag, name: string): string | undefined {
  if (attributes === "") return undefined;
  const pattern =
    PATTERNS.get(name) ?? new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`);
  PATTERNS.set(name, pattern);
  const match = pattern.exec(attributes);
  return match ? decodeXml(match[1] ?? match[2] ?? "") : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

/** Text or an attribute's value with the five entities of XML and character references resolved. */
export function decodeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

/** Text as it stands between tags or in an attribute. */
export function encodeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A cell's text where `_x0041_` stands for a character by its number (ECMA-376 part 1, 22.9.2.19 ST_Xstring). */
export function escapeCellText(text: string): string {
  return text.replace(/_(?=x[0-9a-f]{4}_)/gi, "_x005F_");
}
