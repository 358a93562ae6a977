import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Colours text, or leaves it as it is. */
export type Style = (format: Format, text: string) => string;

interface ColourSource {
  stream: { isTTY?: boolean };
  env: Readonly<Record<string, string | undefined>>;
  /** `--no-color`. */
  refused: boolean;
}

/** `--no-color` and NO_COLOR (no-color.org) beat FORCE_COLOR, which beats what the stream is. */
export function wantsColour({ stream, env, refused }: ColourSource): boolean {
  if (refused || env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0";
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** A style for one stream; without colour it returns the text alone. */
export function createStyle(source: ColourSource): Style {
  if (!wantsColour(source)) return (_format, text) => text;
  // Newer Nodes look at stdout themselves, whatever this style is for.
  return (format, text) => styleText(format, text, { validateStream: false });
}
