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

const TAG =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<![^>]*>|<(\/?)([\w.-]+:)?([\w.-]+)((?:"[^"]*"|'[^']*'|[^<>"'])*?)(\/?)>/g;

/**
 * The tags of a well-formed XML text with their places, from `from` on: what reader libraries do not give and
 * an edit in place needs. Comments, instructions and CDATA are passed over; no entity of a DTD is read.
 */
export function* xmlTags(xml: string, from = 0): Generator<XmlTag> {
  const pattern = new RegExp(TAG);
  pattern.lastIndex = from;
  for (let match = pattern.exec(xml); match !== null; match = pattern.exec(xml)) {
    const [text, slash, prefix = "", name, attributes = "", end] = match;
    if (name === undefined) continue;
    const kind = slash ? "close" : end ? "empty" : "open";
    yield { name, prefix, kind, attributes, start: match.index, end: match.index + text.length };
  }
}

/** The value of an attribute, its prefix included in `name` where it has one; undefined: it is not there. */
export function attributeOf(tag: XmlTag, name: string): string | undefined {
  const match = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(tag.attributes);
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
