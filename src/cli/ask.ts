import { createInterface } from "node:readline/promises";
import { QuestionInterrupted } from "../jobs/interruption.ts";
import type { HostProcess } from "./host-process.ts";

/** Whether somebody sits there to be asked. */
export function canAsk({ stdin, stderr }: HostProcess): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** Asks a yes-or-no question on stderr; anything but yes is no. Throws QuestionInterrupted when `signal` aborts. */
export async function ask(
  question: string,
  { stdin, stderr }: HostProcess,
  signal: AbortSignal,
): Promise<boolean> {
  // After Ctrl-D at an earlier question nothing comes any more, not even an end.
  if (stdin.readableEnded) return false;
  const prompt = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    const answer = await Promise.race([
      prompt.question(`${question} [y/N] `, { signal }),
      once(prompt),
    ]);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (signal.aborted) throw new QuestionInterrupted();
    throw error;
  } finally {
    prompt.close();
  }
}

/** End of input (Ctrl-D) counts as no answer. */
function once(prompt: { once(event: "close", listener: () => void): unknown }): Promise<string> {
  return new Promise((resolve) => prompt.once("close", () => resolve("")));
}
