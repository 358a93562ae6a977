// C0, DEL, C1, bidirectional marks and overrides, line separators, lone surrogates.
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff]/gu;

/**
 * Text from a manifest or the service, made safe for a terminal, a sheet and a log: characters that steer what shows it
 * are written as `\u{…}`. Everything printable stays as it is.
 */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`);
}

/** JSON that holds none of these characters raw: those that JSON itself leaves as they are (RFC 8259 §7). */
export function escapeJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
