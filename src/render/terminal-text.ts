import { styleText } from "node:util";
import { escapeControls, escapeJson } from "../manifest/diagnostic.ts";
import type { UserError } from "../user-error.ts";

/**
 * Text from a manifest or the service, made safe for a terminal: characters that steer it are shown as
 * `\u{…}` instead of sent. Everything printable stays as it is.
 */
export function escapeText(text: string): string {
  return escapeControls(text).replace(CI_COMMAND, (found) => found.replace(/[:#]$/, spellOut));
}

function spellOut(found: string): string {
  return `\\u{${found.codePointAt(0)?.toString(16)}}`;
}

/** What a CI system takes for a command of its own: `::error::` at the start (GitHub), `##[`, `##vso[`, `##teamcity[` anywhere. */
const CI_COMMAND = /^\s*:(?=:)|#(?=#(?:\[|vso\[|teamcity\[))/gi;

/** JSON as it is printed: the same document, and no text in it steers a terminal or is a command to a CI system. */
export function printJson(document: unknown, indent?: number): string {
  return escapeJson(JSON.stringify(document, null, indent)).replace(
    /#(?=#(?:\[|vso\[|teamcity\[))/gi,
    "\\u0023",
  );
}

/** An argument as a shell takes it, POSIX or Windows' own. */
export function quoteArgument(text: string): string {
  if (/^[\w./:=@%+,\\-]+$/.test(text) && (process.platform === "win32" || !text.includes("\\"))) {
    return text;
  }
  if (process.platform === "win32") return `"${text}"`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A user's error as it is shown: code, message and hint. */
export function formatUserError({ code, message, hint }: UserError): string {
  const line = `error ${code}: ${escapeText(message)}\n`;
  return hint === undefined ? line : `${line}    ${escapeText(hint)}\n`;
}

type Format = Parameters<typeof styleText>[0];

/** Colors text, or leaves it as it is. */
export type Style = (format: Format, text: string) => string;

/** Leaves text as it is. */
export const PLAIN: Style = (_format, text) => text;

interface ColorSource {
  stream: { isTTY?: boolean };
  env: Readonly<Record<string, string | undefined>>;
  /** `--no-color`. */
  refused: boolean;
}

/** `--no-color` and NO_COLOR (no-color.org) beat FORCE_COLOR, which beats what the stream is. */
function wantsColor({ stream, env, refused }: ColorSource): boolean {
  if (refused || env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0";
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** A style for one stream; without color it returns the text alone. */
export function createStyle(source: ColorSource): Style {
  if (!wantsColor(source)) return PLAIN;
  // Newer Nodes look at stdout themselves, whatever this style is for.
  return (format, text) => styleText(format, text, { validateStream: false });
}

/** Characters that steer a terminal and take no room (ECMA-48 SGR). */
const COLORS = /\x1b\[[\d;]*m/g;

/** A line that is to be copied and run stays whole. */
const COMMAND = /^\s*\$ |: \$ (?:npx )?qgfx |^next: (?:npx )?qgfx /;

/** Text for a stream: on a terminal its lines end between words, and what goes on is indented like its line. */
export function wrapFor(stream: { isTTY?: boolean; columns?: number }, given: string): string {
  const { columns } = stream;
  const text = withCommands(stream, given);
  if (stream.isTTY !== true || !columns) return text;
  return text
    .split("\n")
    .map((line) => wrapLine(line, columns))
    .join("\n");
}

function wrapLine(line: string, columns: number): string {
  if (widthOf(line) <= columns || COMMAND.test(line)) return line;
  const indent = /^ */.exec(line)?.[0] ?? "";
  const rest = indent.length + 4 < columns / 2 ? `${indent}  ` : "";
  const lines = [indent];
  for (const [index, word] of line.trimStart().split(" ").entries()) {
    const last = lines.at(-1) ?? "";
    const joined = index === 0 ? last + word : `${last} ${word}`;
    if (widthOf(joined) <= columns || last.trim() === "") lines[lines.length - 1] = joined;
    else lines.push(rest + word);
  }
  return lines.join("\n");
}

function widthOf(line: string): number {
  return textWidth(line.replace(COLORS, ""));
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

// Two columns wide (UAX #11, W and F), in the blocks that hold such characters.
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;
const EMOJI = /^\p{Emoji_Presentation}|^\p{Regional_Indicator}{2}|\ufe0f/u;
const EMPTY = /^[\p{M}\p{Cf}]+$/u;

/** Columns a terminal gives a text without control characters; of one grapheme at most two. */
export function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text, or as much of its start as fits with an ellipsis into `columns`. */
export function cutToWidth(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let cut = "";
  let left = columns - 1;
  for (const { segment } of graphemes.segment(text)) {
    left -= graphemeWidth(segment);
    if (left < 0) break;
    cut += segment;
  }
  return columns < 1 ? "" : `${cut}…`;
}

function graphemeWidth(grapheme: string): number {
  if (WIDE.test(grapheme) || EMOJI.test(grapheme)) return 2;
  return EMPTY.test(grapheme) ? 0 : 1;
}

const starts = new WeakMap<object, string>();

/** From now on commands in what a stream is given are written as whoever reads it can run them: `npx qgfx plan`. */
export function writeCommandsAs(stream: object, start: string): void {
  starts.set(stream, start);
}

/** Completion is for the word `qgfx` alone, and so is left out. */
const COMMANDS =
  "setup|init|open|validate|plan|show|apply|results|fill|fetch|resolve|verify|explain|history|adopt|prune|undo|merge|sandbox|whoami|libraries|doctor|help|--help";
const WRITTEN = new RegExp(`(?<![\\w./\\\\-]|npx )qgfx (?=(?:${COMMANDS})(?![\\w.-]))`, "g");
const USAGE = /^Usage: qgfx /;

/** A text for a stream, its commands as `writeCommandsAs` said. */
export function withCommands(stream: object, text: string): string {
  const start = starts.get(stream);
  if (start === undefined) return text;
  return text.replace(WRITTEN, `${start} `).replace(USAGE, `Usage: ${start} `);
}
