import sax from "sax";

/** An element as it opens; names are without their namespace prefix. */
export interface XmlElement {
  name: string;
  /** `x:` of `<x:row>`, or nothing. */
  prefix: string;
  attributes: Readonly<Record<string, string>>;
  /** Offset of its `<` in the text. */
  start: number;
}

/** Told of the elements of an XML text in their order. */
export interface XmlHandler {
  open(element: XmlElement): void;
  /** `text` is what stands behind its last child, or all of it; `end` the offset behind its last `>`. */
  close?(name: string, text: string, end: number): void;
}

/** A text that is not well-formed. */
export class XmlError extends Error {}

/** Reads a well-formed XML text, without its DTD; throws an `XmlError` where it is none. */
export function readXml(xml: string, handler: XmlHandler): void {
  const parser = sax.parser(true, { position: true });
  let text = "";
  parser.onopentag = ({ name, attributes }: sax.Tag) => {
    text = "";
    handler.open({
      name: localName(name),
      prefix: name.slice(0, name.indexOf(":") + 1),
      attributes: localNames(attributes),
      // sax has read the `<` when it notes the place.
      start: parser.startTagPosition - 1,
    });
  };
  parser.onclosetag = (name) => {
    handler.close?.(localName(name), text, parser.position);
    text = "";
  };
  parser.ontext = (piece) => {
    text += piece;
  };
  parser.oncdata = parser.ontext;
  parser.onerror = ({ message }) => {
    throw new XmlError(message);
  };
  parser.write(xml).close();
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function localNames(attributes: sax.Tag["attributes"]): XmlElement["attributes"] {
  for (const name in attributes) {
    if (!name.includes(":")) continue;
    const entries = Object.entries(attributes);
    return Object.fromEntries(entries.map(([key, value]) => [localName(key), value]));
  }
  return attributes;
}

/** Text as it is written between tags or in an attribute. */
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

/** The text that `escapeCellText` and Excel write so. */
export function unescapeCellText(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([0-9a-f]{4})_/gi, (_all, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
