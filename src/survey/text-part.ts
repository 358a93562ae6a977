/** A stretch of a file's text without the escapes of its format, and the way back into the file. */
export interface TextPart {
  text: string;
  /** What stands there. `label`: a question's text without its tags, which Qualtrics cuts after 99 characters. */
  kind: "markup" | "code" | "label";
  /** The offset in the file of what is at `index` of `text`, its end included. */
  offsetAt(index: number): number;
  /** A new piece of `text` as the file has to hold it. */
  encode(text: string): string;
  /** Where some pieces cannot be written alone: the whole new `text` as the file has to hold it then. */
  whole?: { isNeededFor(piece: string): boolean; encode(text: string): string };
  /** In JSON: keys and positions, from the outermost. */
  path?: readonly (string | number)[];
}

/** What can be the start of a reference: all else is not looked at. */
export const MAY_REFER: RegExp = /IM_|<img|!\[|[{]|&|%7B|\\u/i;

/** `raw` at `start` of a file without its escapes, each of which stands for one character. */
export function unescapePart(
  raw: string,
  start: number,
  escapes: RegExp,
  meaningOf: (found: string) => string,
): Pick<TextPart, "text" | "offsetAt"> {
  // Where the escapes are in the text, and by how much what follows them is further on in the file.
  const at: number[] = [];
  const shifts = [0];
  let shift = 0;
  for (const { 0: found, index } of raw.matchAll(escapes)) {
    at.push(index - shift);
    shift += found.length - 1;
    shifts.push(shift);
  }
  const text = raw.replace(escapes, meaningOf);
  return { text, offsetAt: (index) => start + index + (shifts[countBelow(at, index)] ?? 0) };
}

/** How many of the ascending numbers are below `limit`. */
export function countBelow(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
