import type { JobHost, JobQuestion } from "./watcher.ts";

/** Thrown where a question was interrupted: the user has been told of it, and nothing was done. */
export class QuestionInterrupted extends Error {
  constructor() {
    super("interrupted at a question");
    this.name = "QuestionInterrupted";
  }
}

/** The user's wish to end a job early: no new uploads are sent, and those in flight finish. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #unlisten: () => void;
  #isSending = false;

  constructor({ onInterrupt, watcher }: JobHost) {
    this.#unlisten = onInterrupt(() => {
      this.#controller.abort();
      watcher.tell({ kind: "interrupted", isSending: this.#isSending });
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on something may be in flight. */
  startSending(): void {
    this.#isSending = true;
  }

  /** Listens no more. */
  end(): void {
    this.#unlisten();
  }
}

/** Asks before something is done; tells why it is not where the answer is no. */
export async function confirm(
  { watcher }: JobHost,
  question: JobQuestion,
  signal: AbortSignal,
): Promise<boolean> {
  const answer = await watcher.ask(question, signal);
  if (answer === "nobody") watcher.tell({ kind: "unconfirmed", question });
  if (answer === "no") watcher.tell({ kind: "declined", question });
  return answer === "yes";
}
