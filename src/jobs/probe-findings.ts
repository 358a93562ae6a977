import type { NameQuotes } from "../manifest/name-quotes.ts";
import { escapeControls } from "../manifest/safe-text.ts";
import type { Finding, ProbeDocument } from "../report/account.ts";
import { LARGE_LINE, quotesLine } from "./probe-lines.ts";

const HIDDEN = "[left out]";

/** What takes the account's own words, ids and hosts out of a text. */
export function anonymizer(secrets: readonly string[]): (text: string) => string {
  const words = secrets.filter((secret) => secret !== "").sort((a, b) => b.length - a.length);
  const escaped = words.map((word) => word.replace(/[^\w]/g, "\\$&"));
  const own = new RegExp(`(?<![a-z0-9])(${escaped.join("|")})(?![a-z0-9])`, "gi");
  return (text) =>
    escapeControls(text)
      .replace(own, HIDDEN)
      .replace(/\b(IM|UR|GR)_[a-zA-Z0-9]{11,15}\b/g, `$1_${HIDDEN}`)
      .replace(/[a-z0-9-]+(\.[a-z0-9-]+)*\.qualtrics\.com/gi, HIDDEN);
}

/**
 * The names in an account's list, copied as text: a name, a tab or blanks, and an id on each line. To the character: what
 * reads lists for `adopt` undoes quotes and the guards of spreadsheets, and quotes are what is asked for here.
 */
export function namesInList(text: string): Map<string, string> {
  const lines = text.matchAll(/^(.*?)[\t ]+(IM_[a-zA-Z0-9]{11,15})[\t ]*\r?$/gm);
  return new Map([...lines].map(([, name = "", id = ""]) => [id, escapeControls(name)]));
}

/** The options that follow from what was found. */
export function settingsFrom(findings: readonly Finding[]): ProbeDocument["settings"] {
  const factsOf = (line: string) => findings.find((one) => one.line === line)?.facts ?? {};
  const isAsMeant = (form: NameQuotes) => {
    const { name = null, shownAs } = factsOf(quotesLine(form));
    return name === null ? undefined : name === shownAs;
  };
  const settings: ProbeDocument["settings"] = [];
  if (isAsMeant("percent") === false && isAsMeant("backslash")) {
    const reason = 'names with " or \\ arrive as meant this way, and not the other';
    settings.push({ option: "--name-quotes backslash", reason });
  }
  if (factsOf(LARGE_LINE).hasId) {
    settings.push({ option: "--max-size 6", reason: "an image of 6 MB was taken" });
  }
  return settings;
}
