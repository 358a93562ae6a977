import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { escapeControls } from "../manifest/diagnostic.ts";
import type { NameQuotes } from "../manifest/manifest.ts";
import type { Finding, ProbeDocument } from "../report/account.ts";
import { KEY_LINE, LARGE_LINE, PROBE_LINES, quotesLine } from "./probe-lines.ts";
import type { AskForList, Probing } from "./probe-requests.ts";
import { keepKeys } from "./setup.ts";
import { findKeyedLibrary, readUserSettings, setupFile } from "./user-settings.ts";
import { type Answer, type JobHost, QuestionInterrupted } from "./watcher.ts";

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
function namesInList(text: string): Map<string, string> {
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

/** Names and folders are seen in the library alone: by the account's own list, and by a person. */
export async function lookAtNames(
  { host, askForList, interruption, ids, names }: Probing,
  findings: readonly Finding[],
): Promise<void> {
  const tried = PROBE_LINES.filter(({ title }) => ids.has(title));
  if (tried.some(({ looksFor }) => looksFor?.name !== undefined)) {
    for (const [id, name] of await readList(host, askForList)) names.set(id, name);
  }
  for (const { title, looksFor } of tried) {
    if (looksFor?.folder === undefined) continue;
    const question = { kind: "probe-folder", count: 1, folder: looksFor.folder } as const;
    const answer = await host.watcher.ask(question, interruption.signal);
    const isThere = answer === "yes";
    const finding = findings.find(({ line }) => line === title);
    if (!finding || answer === "nobody") continue;
    finding.facts.isFolder = isThere;
    finding.found.push(
      isThere ? "the library has a folder of that name" : "no folder of that name",
    );
  }
}

/** What the library shows of the names, as far as somebody looked. */
export function describeNames({ ids, names }: Probing, findings: readonly Finding[]): void {
  for (const { title, looksFor } of PROBE_LINES) {
    if (looksFor?.folder !== undefined) describeFolder(findings, title);
    if (looksFor?.name === undefined) continue;
    const finding = findings.find(({ line }) => line === title);
    const seen = names.get(ids.get(title) ?? "");
    if (!finding || finding.status === "skipped") continue;
    if (seen === undefined) {
      finding.found.push("which name the library shows was not looked at");
      continue;
    }
    finding.facts.name = looksFor.name;
    finding.facts.shownAs = escapeControls(seen);
    finding.found.push(
      seen === looksFor.name
        ? "the library shows the name as meant"
        : `the library shows '${escapeControls(seen)}'`,
    );
  }
}

function describeFolder(findings: readonly Finding[], title: string): void {
  const finding = findings.find(({ line }) => line === title);
  if (finding?.status !== "answered" || "isFolder" in finding.facts) return;
  finding.found.push("which folder the library made of it was not looked at");
}

/** The names in the list that a person has saved; none where there is no such file. */
async function readList(host: JobHost, askForList: AskForList): Promise<Map<string, string>> {
  const file = (await askForList({ kind: "probe-list" }))?.trim();
  if (!file) return new Map();
  try {
    return namesInList(await readFile(resolve(host.cwd, file), "utf8"));
  } catch {
    const text = `cannot read the list '${file}': what became of names is left open`;
    host.watcher.tell({ kind: "warning", text });
    return new Map();
  }
}

/**
 * Offers to send a key with each upload where that was found to work, and sends none any more where it was found not to.
 * The answer is kept for the user. Gives whether keys are sent from now on.
 */
export async function settleKeys(
  { options, host, interruption, baseUrl, library }: Probing,
  findings: readonly Finding[],
): Promise<boolean> {
  const { configDir, watcher } = host;
  const target = { baseUrl, library };
  const isKept = findKeyedLibrary(readUserSettings(host), target) !== undefined;
  const isWorking = doKeysWork(findings);
  if (configDir === undefined || isWorking === undefined) return isKept;
  const where = `uploads to library ${library}`;
  if (!isWorking) {
    if (!isKept) return false;
    await keepKeys(configDir, target, false);
    const text = `${where} are sent without a key from now on: the service did not make one graphic of two requests with the same key`;
    watcher.tell({ kind: "warning", text });
    return false;
  }
  if (options.yes || interruption.signal.aborted) {
    const text = isKept
      ? `${where} are sent with a key, as before: keys work`
      : `keys work, and none is sent: run \`qgfx doctor --probe\` without --yes to be asked whether ${where} are sent with one`;
    watcher.tell({ kind: "note", text });
    return isKept;
  }
  const question = { kind: "keys", count: 1, library } as const;
  const answer = await askUnlessInterrupted(watcher.ask(question, interruption.signal));
  if (answer === "nobody") return isKept;
  const isWanted = answer === "yes";
  if (isWanted !== isKept) await keepKeys(configDir, target, isWanted);
  const text = isWanted
    ? `${where} are sent with a key, kept in ${setupFile(configDir)}; \`qgfx setup --forget\` or another probe ends it`
    : `${where} are sent without a key`;
  watcher.tell({ kind: "note", text });
  return isWanted;
}

/** Whoever interrupts the question has not answered it. */
async function askUnlessInterrupted(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof QuestionInterrupted) return "nobody";
    throw error;
  }
}

/** Undefined where the line was not tried, or its answers leave it open. */
function doKeysWork(findings: readonly Finding[]): boolean | undefined {
  const { status, facts } = findings.find(({ line }) => line === KEY_LINE) ?? {};
  if (status !== "answered" || !facts) return undefined;
  if (facts.isSameId === true) return true;
  const { httpStatus } = facts;
  // What was not done now may be done later.
  const isSettled = typeof httpStatus === "number" && httpStatus < 500 && httpStatus !== 429;
  return isSettled ? false : undefined;
}
