import { fileNameOf } from "../state/sheet.ts";

/** What a pattern can name of a row. */
interface Renamed {
  name: string;
  path: string;
  folder: string;
}

/** The placeholders, with what each stands for. */
export const PLACEHOLDERS = {
  name: "the name now, without .png and the like",
  ext: "the ending, as .png",
  n: "1, 2, 3 …; {nn} is 01, {nnn} is 001",
  folder: "the folder",
  file: "the file's name, without its ending",
} as const;

const PLACEHOLDER = /\{(name|ext|folder|file|n+)\}/g;

/** New names of rows in their order, counted from `start`. */
export function renameAll(rows: readonly Renamed[], pattern: string, start: number): string[] {
  return rows.map((row, index) => rename(row, pattern, start + index));
}

/** Braces that stand for nothing: typing mistakes. */
export function unknownPlaceholders(pattern: string): string[] {
  return pattern.replace(PLACEHOLDER, "").match(/\{[^{}]*\}/g) ?? [];
}

function rename(row: Renamed, pattern: string, number: number): string {
  const name = splitEnding(row.name);
  const file = splitEnding(fileNameOf(row.path));
  return pattern.replace(PLACEHOLDER, (_, what: string) => {
    if (what === "name") return name.stem;
    if (what === "ext") return name.ending || file.ending;
    if (what === "folder") return row.folder;
    if (what === "file") return file.stem;
    return String(number).padStart(what.length, "0");
  });
}

/** The ending is what a picture's file has: a dot in "No. 5" is none. */
function splitEnding(name: string): { stem: string; ending: string } {
  const ending = /\.[a-z]{3,4}$/i.exec(name)?.[0] ?? "";
  return { stem: name.slice(0, name.length - ending.length), ending };
}
