import { escapeHtml } from "../report/escape.ts";
import { formatImageTag } from "../report/export-formats.ts";
import type { Wanted } from "./find-references.ts";
import type { PlaceableRow } from "./known-graphics.ts";
import { countBelow, type TextPart } from "./survey-file.ts";

/** What a placeholder asks for, as the place where it stands takes it. */
export function placeable(
  wanted: Wanted,
  { graphicId, url, alt }: PlaceableRow,
  part: TextPart,
  start: number,
): string {
  if (wanted === "graphic") return graphicId;
  if (wanted === "url") return url ?? "";
  const tag = formatImageTag({ url: url ?? "", alt });
  if (part.kind === "code" || isInScript(part, start)) return inCode(tag);
  return isInTag(part.text, start) ? escapeHtml(tag) : tag;
}

/** Right within quotes of any kind, backticks too. */
function inCode(tag: string): string {
  return tag.replaceAll("\\", "&#92;").replaceAll("`", "&#96;").replaceAll('"', '\\"');
}

const LONGEST_TAG = 4000;

function isInTag(text: string, start: number): boolean {
  return /<[a-z][^<>]*$/i.test(text.slice(Math.max(0, start - LONGEST_TAG), start));
}

const scripts = new WeakMap<TextPart, { starts: number[]; ends: number[] }>();

function isInScript(part: TextPart, at: number): boolean {
  const { starts, ends } = scripts.get(part) ?? findScripts(part);
  const start = starts[countBelow(starts, at) - 1];
  return start !== undefined && (ends[countBelow(ends, at) - 1] ?? -1) < start;
}

function findScripts(part: TextPart): { starts: number[]; ends: number[] } {
  const found = { starts: [] as number[], ends: [] as number[] };
  for (const { index, 1: slash } of part.text.matchAll(/<(\/?)script\b/gi)) {
    (slash === "" ? found.starts : found.ends).push(index);
  }
  scripts.set(part, found);
  return found;
}
