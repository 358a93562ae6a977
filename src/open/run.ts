import type {
  Answer,
  JobHost,
  JobMessage,
  JobQuestion,
  JobResult,
  JobWatcher,
} from "../jobs/watcher.ts";
import { UserError } from "../user-error.ts";
import { CollectingWatcher } from "./collecting-watcher.ts";
import { refusalOf } from "./hints.ts";
import type { RunState } from "./run-api.ts";
import type { RunTally } from "./run-tally.ts";

/** Pages are told of a run so often at most, in ms. */
const TELL_EVERY_MS = 100;

/** What decides a run. */
export interface RunRequest {
  tally: RunTally;
  job: (host: JobHost) => Promise<JobResult<unknown>>;
  host: Omit<JobHost, "watcher" | "onInterrupt">;
  /** Says yes to what was shown; throws the `UserError` that says why it is not that. No is for a question on the way. */
  agree(question: JobQuestion, told: CollectingWatcher): Answer;
  /** Gets each state that pages are to see. */
  onState(state: RunState): void;
  onDefect(error: unknown): void;
}

/** One run of uploads or deletions. It belongs to the process: no page ends it by going away. */
export class Run {
  readonly tally: RunTally;
  /** Resolves when all is written, however it went. */
  readonly ended: Promise<void>;
  /** Resolves once something is being sent, or all is done; rejects with the `UserError` for which nothing was sent. */
  readonly begun: Promise<void>;
  readonly #request: RunRequest;
  readonly #listeners = new Set<() => boolean>();
  #resolveBegun: () => void = () => {};
  #rejectBegun: (error: unknown) => void = () => {};
  #refusal: UserError | undefined;
  #isAgreed = false;
  #hasBegun = false;
  #timer: NodeJS.Timeout | undefined;
  #stops = 0;

  constructor(request: RunRequest) {
    this.#request = request;
    this.tally = request.tally;
    this.begun = new Promise((resolve, reject) => {
      this.#resolveBegun = resolve;
      this.#rejectBegun = reject;
    });
    this.ended = this.#run();
  }

  get isOver(): boolean {
    return this.tally.phase === "ended";
  }

  /** Stops in order: what is under way ends. `now`, or a second time: nothing is waited for. */
  stop(now: boolean): void {
    const wanted = now ? 2 : 1;
    while (this.#stops < wanted && !this.isOver) {
      this.#stops += 1;
      for (const listener of this.#listeners) listener();
    }
    this.tally.stopping();
    this.#tellSoon();
  }

  async #run(): Promise<void> {
    const { job, host, onDefect, tally } = this.#request;
    const told = new CollectingWatcher();
    const watcher: JobWatcher = {
      tell: (message) => {
        told.tell(message);
        this.#take(message);
      },
      settled: () => told.settled(),
      ask: async (question) => this.#agree(question, told),
    };
    const onInterrupt = (listener: () => boolean) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    };
    try {
      const result = await job({ ...host, watcher, onInterrupt });
      if (result.defect) onDefect(result.defect.error);
      if (this.#refusal) throw this.#refusal;
      if (result.document === undefined) throw told.refusal;
      if (!this.#isAgreed) throw countsChanged("there is nothing to do any more");
      tally.end(result);
      this.#beginNow();
    } catch (error) {
      this.#fail(error);
    }
    clearTimeout(this.#timer);
    // Of a run that was refused only the one who asked for it hears.
    if (this.#hasBegun) this.#request.onState(tally.describe());
  }

  #beginNow(): void {
    this.#hasBegun = true;
    this.#resolveBegun();
  }

  /** What is thrown before anything was sent is the answer to who asked; later, it is told. */
  #fail(error: unknown): void {
    const { onDefect, tally } = this.#request;
    if (error instanceof UserError) {
      const { message, hint } = refusalOf(error);
      tally.tell([message, hint].join("\n"), true);
    } else {
      onDefect(error);
      tally.tell("this is a bug in qgfx; the terminal tells more", true);
    }
    tally.end({ exitCode: error instanceof UserError ? error.exitCode : 1 });
    this.#rejectBegun(error);
  }

  #take(message: JobMessage): void {
    this.tally.take(message);
    if (message.kind === "event" || message.kind === "deletion-ended") this.#beginNow();
    if (this.#hasBegun) this.#tellSoon();
  }

  #agree(question: JobQuestion, told: CollectingWatcher): Answer {
    try {
      const answer = this.#request.agree(question, told);
      if (question.kind === "send-again") return answer;
      this.#isAgreed = true;
      if ("target" in question) this.tally.agree(question.count, question.target);
      return answer;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#refusal = error;
      return "no";
    }
  }

  #tellSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (!this.isOver) this.#request.onState(this.tally.describe());
    }, TELL_EVERY_MS);
  }
}

/** What would be done is not what was shown; nothing was sent. */
export function countsChanged(why: string): UserError {
  return new UserError("COUNTS_CHANGED", `${why}; nothing was sent`, {
    hint: "look at the preview again",
  });
}
