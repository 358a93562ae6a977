import { type DecodedText, decodeText } from "../../src/manifest/text-encoding.ts";

/** A text as a parser takes it. */
export function decoded(bytes: Uint8Array | string): DecodedText {
  const text = decodeText(Buffer.from(bytes));
  if ("message" in text) throw new Error(text.message);
  return text;
}
