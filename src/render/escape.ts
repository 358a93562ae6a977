// C0, DEL, C1, bidirectional marks and overrides, line separators, lone surrogates.
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff]/gu;

/**
 * Text from a manifest or the service, made safe for a terminal: characters that steer it are shown as
 * `\u{…}` instead of sent. Everything printable stays as it is.
 */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`);
}
