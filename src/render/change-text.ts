import type { Change } from "../manifest/repair-document.ts";
import { escapeText } from "./escape.ts";
import type { Style } from "./style.ts";

/** One change on two lines: the place and the old text, and the new one below it. */
export function formatChange(file: string, change: Change, style: Style): string {
  const { line, column, field, from, to } = change;
  const place = [file, line, column].filter((part) => part !== null).join(":");
  const isOnlyForm = from.normalize() === to.normalize();
  const show = (text: string) => escapeText(isOnlyForm ? spellOut(text) : showBlanks(text));
  return [
    `${escapeText(place)} ${escapeText(field ?? "row")}`,
    `  ${style("red", `- ${show(from)}`)}`,
    `  ${style("green", `+ ${show(to)}`)}`,
  ].join("\n");
}

/** Blanks that nobody would see. */
function showBlanks(text: string): string {
  return text
    .replace(/[\u00a0\u2007\u202f]/g, (blank) => `\\u{${blank.charCodeAt(0).toString(16)}}`)
    .replace(/^ +| +$/g, (blanks) => "␠".repeat(blanks.length));
}

/** Accents that look alike and are stored in two ways. */
function spellOut(text: string): string {
  return text.replace(/[^\x00-\x7f]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}
