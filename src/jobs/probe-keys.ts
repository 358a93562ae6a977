import type { Finding } from "../report/account.ts";
import { KEY_LINE } from "./probe-lines.ts";
import { keepKeys } from "./setup.ts";
import { findKeyedLibrary, readUserSettings, setupFile } from "./user-settings.ts";
import { type Answer, type Interruption, type JobHost, QuestionInterrupted } from "./watcher.ts";

interface Settling {
  options: { yes?: boolean };
  host: JobHost;
  interruption: Interruption;
  target: { baseUrl: string; library: string };
}

/**
 * Offers to send a key with each upload where that was found to work, and sends none any more where it was found not to.
 * The answer is kept for the user. Gives whether keys are sent from now on.
 */
export async function settleKeys(
  { options, host, interruption, target }: Settling,
  findings: readonly Finding[],
): Promise<boolean> {
  const { configDir, watcher } = host;
  const isKept = findKeyedLibrary(readUserSettings(host), target) !== undefined;
  const isWorking = doKeysWork(findings);
  if (configDir === undefined || isWorking === undefined) return isKept;
  const where = `uploads to library ${target.library}`;
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
  const question = { kind: "keys", count: 1, library: target.library } as const;
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
