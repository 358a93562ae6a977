import { Parser } from "htmlparser2";

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
interface XmlHandler {
  open(element: XmlElement): void;
  /** `text` is what stands behind its last child, or all of it; `end` the offset behind its last `>`. */
  close?(name: string, text: string, end: number): void;
}

/** A text that is not well-formed. */
export class XmlError extends Error {}

/** Elements within elements that are read. */
const MAX_DEPTH = 100;

/** Reads an XML text, without its DTD; throws an `XmlError` where it is cut off or its tags do not match. */
export function readXml(xml: string, handler: XmlHandler): void {
  let text = "";
  let depth = 0;
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        text = "";
        depth += 1;
        if (depth > MAX_DEPTH) throw new XmlError("nested too deep");
        handler.open({
          name: localName(name),
          prefix: name.slice(0, name.indexOf(":") + 1),
          attributes: localNames(attributes),
          start: parser.startIndex,
        });
      },
      onclosetag: (name, isImplied) => {
        // An element that closes itself counts as implied, too.
        if (isImplied && xml[parser.endIndex - 1] !== "/") throw new XmlError(`<${name}> is open`);
        depth -= 1;
        handler.close?.(localName(name), text, parser.endIndex + 1);
        text = "";
      },
      ontext: (piece) => {
        text += piece;
      },
    },
    { xmlMode: true },
  );
  parser.end(xml);
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function localNames(attributes: XmlElement["attributes"]): XmlElement["attributes"] {
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

/** What XML cannot hold, and the carriage return, which it would take for a line feed. */
const NOT_IN_XML = /[\0-\x08\x0b-\x1f\ufffe\uffff]|\p{Cs}/gu;

/** A cell's text where `_x0041_` stands for a character by its number (ECMA-376 part 1, 22.9.2.19 ST_Xstring). */
export function escapeCellText(text: string): string {
  return text
    .replace(/_(?=x[0-9a-f]{4}_)/gi, "_x005F_")
    .replace(NOT_IN_XML, (one) => `_x${one.charCodeAt(0).toString(16).padStart(4, "0")}_`);
}

/** The text that `escapeCellText` and Excel write so. */
export function unescapeCellText(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([0-9a-f]{4})_/gi, (_all, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** A Boolean attribute (ECMA-376 part 1, 22.9.2.7 ST_OnOff). */
export function isTrue(attribute: string | undefined): boolean {
  return attribute === "1" || attribute === "true";
}
