/** One parameter: its value quoted (with escapes still in it) or plain. */
const PARAMETER = /;[ \t]*([^=;\s"]+)[ \t]*(?:=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"|([^;]*)))?/g;

/**
 * The parameters of a `Content-Type` or `Content-Disposition` value, by lower-case name; of several of
 * one name the last counts, as the service takes the last of two boundaries (qualtrics-api: seed thread, 4).
 *
 * Own code rather than the multipart parser's: that one trims quoted values and cuts a header at
 * U+2028, so a name of spaces or from a word processor would arrive changed without anyone noticing.
 */
export function readParameters(value: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, plain = ""] of value.matchAll(PARAMETER)) {
    parameters.set(name.toLowerCase(), quoted === undefined ? plain.trim() : dropEscapes(quoted));
  }
  return parameters;
}

/**
 * RFC 822 §3.3 quoted pairs, but only those a sender must write (`\"` and `\\`): browsers of old
 * send `C:\pictures\a.png` with its backslashes bare.
 */
function dropEscapes(quoted: string): string {
  return quoted.replace(/\\(["\\])/g, "$1");
}

/** `UTF-8''%e2%82%ac.png` (RFC 8187 §3.2) decoded; undefined where it is not UTF-8 or not well formed. */
export function decodeExtendedValue(value: string): string | undefined {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(value)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
