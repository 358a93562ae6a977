import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { SetupQuestion } from "../jobs/setup.ts";
import { QuestionInterrupted } from "../jobs/watcher.ts";
import { formatSetupQuestion } from "../render/account-text.ts";
import { PROBE_LIST } from "../render/question-text.ts";
import { wrapFor } from "../render/terminal-text.ts";
import type { HostProcess } from "./host-process.ts";

/** Asks on stderr for a text; a token is not shown while it is typed. Undefined where there is no terminal. */
export async function askText(
  question: SetupQuestion | { kind: "probe-list" },
  { stdin, stderr }: HostProcess,
): Promise<string | undefined> {
  if (stdin.isTTY !== true || stderr.isTTY !== true) return undefined;
  const isSecret = question.kind === "token";
  const interruption = new AbortController();
  const { signal } = interruption;
  const { text, prompt } =
    question.kind === "probe-list" ? PROBE_LIST : formatSetupQuestion(question);
  // A terminal of readline's own shows what is typed where `output` takes it.
  const output = isSecret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
  const reader = createInterface({ input: stdin, output, terminal: true });
  // Only now does the terminal itself show nothing.
  stderr.write(`${wrapFor(stderr, text)}${isSecret ? prompt : ""}`);
  reader.on("SIGINT", () => interruption.abort());
  try {
    const ended = new Promise<undefined>((resolve) =>
      reader.once("close", () => resolve(undefined)),
    );
    return await Promise.race([reader.question(isSecret ? "" : prompt, { signal }), ended]);
  } catch (error) {
    if (signal.aborted) throw new QuestionInterrupted();
    throw error;
  } finally {
    reader.close();
    if (isSecret || signal.aborted) stderr.write("\n");
  }
}
