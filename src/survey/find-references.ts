import { decodeHTMLStrict } from "entities";
import type { Span } from "../manifest/manifest.ts";
import { countBelow, partsOf, type TextPart } from "./survey-file.ts";

/** What a placeholder asks for: the id, the URL, or an `<img>` tag. */
export type Wanted = "graphic" | "url" | "img";

/** A place in a part of a text that names a graphic; offsets in the part's `text`. */
export type Reference = Span &
  (
    | { kind: "placeholder"; wanted: Wanted; names: readonly string[]; fault?: Fault | undefined }
    /** The address of an image; `paths`: the file that it may mean. */
    | { kind: "picture"; paths: readonly string[] }
    | { kind: "id"; graphicId: string }
  );

/** Why a placeholder names nothing: formatting stands within it, it has no end, or its braces are written as entities. */
type Fault = "divided" | "open" | "encoded";

// What editors put between two characters: tags, blanks, and invisible characters.
const BETWEEN =
  "(?:<[^<>]{0,300}>|&(?:nbsp|shy|zwnj|zwj|#8203|#xfeff);|[\\s\\u00ad\\u200b-\\u200d\\ufeff])*";
const [OPEN, CLOSE] = [
  "(?:\\{|&#123;|&#x7b;|&lcub;|&lbrace;|%7B)",
  "(?:\\}|&#125;|&#x7d;|&rcub;|&rbrace;|%7D)",
];
const WORDS = ["graphic", "url", "img"].map((word) => [...word].join(BETWEEN)).join("|");
const OPENING = new RegExp(
  `${OPEN}${BETWEEN}${OPEN}${BETWEEN}(${WORDS})${BETWEEN}(?::|%3A|&colon;|&#58;)`,
  "gi",
);
const CLOSING = new RegExp(`${CLOSE}${BETWEEN}${CLOSE}`, "gi");
const FILLING = new RegExp(BETWEEN, "gi");
const MOST_CHARACTERS = 1000;

const INVISIBLE = /[\u00ad\u200b-\u200d\ufeff]/g;
const TAG = /<\/?[a-z][^<>]*>/i;

/** Every place in a part that names a graphic, in order; none overlaps another. */
export function findReferences(part: TextPart, isMarkdown: boolean): Reference[] {
  const placeholders = findPlaceholders(part.text);
  const starts = placeholders.map(({ start }) => start);
  const isFree = ({ start, end }: Span) =>
    (placeholders[countBelow(starts, end) - 1]?.end ?? 0) <= start;
  const found = [...findPictures(part.text, isMarkdown), ...findIds(part.text)];
  return [...placeholders, ...found.filter(isFree)].sort((a, b) => a.start - b.start);
}

function findPlaceholders(text: string): Reference[] {
  return Array.from(text.matchAll(OPENING), (found) => {
    const { 0: opening, 1: word = "", index: start } = found;
    const from = start + opening.length;
    const rest = text.slice(from, from + MOST_CHARACTERS);
    const next = rest.search(OPENING);
    const closing = (next === -1 ? rest : rest.slice(0, next)).matchAll(CLOSING).next().value;
    const wanted = plain(word).toLowerCase() as Wanted;
    if (!closing)
      return { kind: "placeholder", start, end: from, wanted, names: [], fault: "open" };
    const end = from + closing.index + closing[0].length;
    const names = spellingsOf(rest.slice(0, closing.index));
    const fault = faultOf(opening + closing[0]);
    return { kind: "placeholder", start, end, wanted, names, fault };
  });
}

/** `marks`: a placeholder's beginning and end. */
function faultOf(marks: string): Fault | undefined {
  if (TAG.test(marks)) return "divided";
  return /[%&]/.test(plain(marks)) ? "encoded" : undefined;
}

function plain(text: string): string {
  return text.replace(FILLING, "");
}

/** The names that a text can mean: as it is, without entities, without backslashes. Each is tidied. */
function spellingsOf(inner: string): string[] {
  const bare = inner.replace(/\\(.)/g, "$1");
  return [...new Set([inner, decodeHTMLStrict(inner), bare, decodeHTMLStrict(bare)].map(tidyName))];
}

/** A name without what editors change about it: the kind of its blanks, invisible characters, the form of its accents. */
export function tidyName(name: string): string {
  return name.replace(INVISIBLE, "").replace(/\s+/g, " ").trim().normalize("NFC");
}

/** Whether tags stand in a placeholder's name. */
export function hasTags({ names }: { names: readonly string[] }): boolean {
  return names.some((name) => TAG.test(name));
}

const ATTRIBUTES = `(?:[^<>"']|"[^"]{0,2000}"|'[^']{0,2000}'){0,2000}?`;
const IMAGE_TAG = new RegExp(
  `<img\\b${ATTRIBUTES}\\ssrc\\s*=\\s*(?:(\\\\?["'])(.*?)\\1|([^\\s"'<>\\\\]+))`,
  "gdi",
);
const MARKDOWN_IMAGE = /!\[[^\]\n]{0,1000}\]\(\s*(?:<([^<>\n]+)>|((?:[^()\s<]|\([^()\s]*\))+))/dg;
const MARKDOWN_TARGET = /^ {0,3}\[[^\]\n]+\]:[ \t]*<?([^\s<>]+)/dgm;

function* findPictures(text: string, isMarkdown: boolean): Generator<Reference> {
  for (const pattern of isMarkdown ? [IMAGE_TAG, MARKDOWN_IMAGE, MARKDOWN_TARGET] : [IMAGE_TAG]) {
    for (const found of text.matchAll(pattern)) {
      const group = found.findLastIndex((value, at) => at > 0 && value !== undefined);
      const [start, end] = found.indices?.[group] ?? [0, 0];
      const paths = pathsOf(found[group] ?? "");
      if (paths.length > 0) yield { kind: "picture", start, end, paths };
    }
  }
}

/** The files that an address can mean; none where it leads elsewhere or to a piped field. */
function pathsOf(address: string): string[] {
  const decoded = decodeHTMLStrict(address).trim();
  const isElsewhere = /^(?:[a-z][a-z0-9+.-]+:|\/\/|#)|\$\{|\{\{/i.test(decoded);
  if (isElsewhere || decoded === "") return [];
  const bare = decoded.replace(/[?#].*$/s, "");
  const spellings = [decoded, bare, unescapeUrl(bare)];
  return [...new Set(spellings.map((one) => one.replaceAll("\\", "/").normalize("NFC")))];
}

function unescapeUrl(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

const GRAPHIC_ID = /IM_[a-zA-Z0-9]{11,15}(?![a-zA-Z0-9])/g;

function* findIds(text: string): Generator<Reference> {
  for (const { 0: graphicId, index } of text.matchAll(GRAPHIC_ID)) {
    yield { kind: "id", start: index, end: index + graphicId.length, graphicId };
  }
}

interface UsedId {
  graphicId: string;
  /** The host of the first link that has it, as it is written; undefined: it stands alone. */
  host: string | undefined;
}

const LINK = /\bhttps?:\/\/([^\s/"'<>\\]+)\/[^\s"'<>\\]{0,200}?Graphic\.php\?IM=$/i;
const LONGEST_LINK = 500;

/** Every id of the right form in a file's text, each once, in order. */
export function findUsedIds(file: string, text: string): UsedId[] {
  const used = new Map<string, UsedId>();
  for (const part of partsOf(file, text)) {
    for (const { 0: graphicId, index } of part.text.matchAll(GRAPHIC_ID)) {
      const before = part.text.slice(Math.max(0, index - LONGEST_LINK), index);
      const host = LINK.exec(before)?.[1]?.toLowerCase();
      const known = used.get(graphicId);
      if (!known) used.set(graphicId, { graphicId, host });
      else known.host ??= host;
    }
  }
  return [...used.values()];
}
