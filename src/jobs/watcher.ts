import type { RunEvent } from "../execute/events.ts";
import type { DeletionEnd } from "../execute/execute-deletions.ts";
import type { ReceivedId } from "../execute/execute-uploads.ts";
import type { Stopped } from "../execute/outcome.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { Change } from "../manifest/edit/manifest-edit.ts";
import type { Inspection } from "../manifest/image.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import type { PrintedTarget } from "../plan/printed-fields.ts";
import type { AdoptedRow } from "../report/adoption.ts";
import type { DeletionDocument } from "../report/deletion-document.ts";
import type { MergeConflict } from "../report/ledger-documents.ts";
import type { Finding } from "../report/resolution.ts";
import type { RunSummary } from "../report/summary.ts";
import type { FillDocument } from "../report/survey-documents.ts";
import type { UserError } from "../user-error.ts";

/** Variables by their names, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a job gets besides its file and options: where it runs, and who watches. */
export interface JobHost {
  /** The working directory, absolute: relative paths begin there. */
  cwd: string;
  /** The variables of the process; the job adds those of `.env`. */
  env: Environment;
  /** Where this user's own settings are kept (`qgfx setup`); nowhere without. */
  configDir?: string | undefined;
  watcher: JobWatcher;
  /** What is piped in, or typed, up to its end. */
  readInput?: (() => Promise<Uint8Array>) | undefined;
  /** A manifest that is being edited: the job takes it as it would be if it were saved. */
  draft?: Draft | undefined;
  /**
   * Calls `listener` each time the user wants the job to end early, or to end even sooner: false where the job can do
   * no more about it, and the process may end at once. Gives what takes that back. As long as no job listens, the
   * user's signal ends the process.
   */
  onInterrupt(listener: () => boolean): () => void;
}

/** The unsaved bytes of a manifest. */
export interface Draft {
  /** Absolute. */
  path: string;
  bytes: Uint8Array;
  /**
   * What was found in the files of its rows, by their paths as the rows have them. The job keeps here what it finds, so
   * that the next one reads only files that have changed.
   */
  inspections: Map<string, Inspection>;
}

/**
 * Whoever watches a job: a terminal, a browser page, a program. Jobs write nothing to stdout and stderr and read
 * no stdin: all that they say and ask goes through here, as data.
 */
export interface JobWatcher {
  /** Never throws. */
  tell(message: JobMessage): void;
  /** Resolves once everything told so far is shown. */
  settled(): Promise<void>;
  /** Throws `QuestionInterrupted` when the signal aborts. */
  ask(question: JobQuestion, signal: AbortSignal): Promise<Answer>;
}

/** A watcher with another way of being told. One of a class would lose its methods where it is spread. */
export function withTell(watcher: JobWatcher, tell: JobWatcher["tell"]): JobWatcher {
  return { tell, settled: () => watcher.settled(), ask: (...asked) => watcher.ask(...asked) };
}

/** `nobody`: there is no one to ask. */
export type Answer = "yes" | "no" | "nobody";

/** What a job wants to know before it goes on. */
export type JobQuestion =
  | { kind: "upload"; count: number; target: PrintedTarget }
  | { kind: "delete"; count: number; target: PrintedTarget }
  /** Whether graphics that another user or machine recorded are deleted, too: asked whatever was agreed to before. */
  | { kind: "delete-others"; count: number; who: string }
  /** Whether uploads that got no answer are sent again. */
  | { kind: "send-again"; count: number }
  | { kind: "repair"; count: number; manifest: string }
  /** Whether files are replaced by their filled selves. */
  | { kind: "fill"; count: number; files: readonly string[] }
  /** Whether the ids of a list are recorded, or settle uploads that got no answer. */
  | { kind: "adopt" | "settle"; count: number; manifest: string }
  /** Whether a line of a probe is sent. */
  | { kind: "probe"; count: number; title: string; sends: string }
  /** Whether a folder is in the library, for a person to look. */
  | { kind: "probe-folder"; count: number; folder: string }
  /** Whether uploads to a library are sent with keys from now on. */
  | { kind: "keys"; count: number; library: string };

/**
 * What a job tells. Of these `warning`, `unconfirmed`, `interrupted`, `troubles`, `stopped`, `rescued-ids`, `conflicts`,
 * and errors among the diagnostics, must be seen whatever else is silenced.
 */
export type JobMessage =
  | { kind: "note"; text: string }
  | { kind: "warning"; text: string }
  /** The problems of a manifest. */
  | { kind: "diagnostics"; found: readonly Diagnostic[] }
  /** A plan to look at, to agree to, or that is run without a question. */
  | { kind: "plan"; purpose: "look" | "agree" | "run"; document: PlanDocument; rate: number }
  /** `others`: who else recorded some of the graphics; they are asked for apart. */
  | { kind: "deletions"; document: DeletionDocument; others: string | null }
  /** Nobody could be asked, and nothing is done. */
  | { kind: "unconfirmed"; question: JobQuestion }
  /** The answer was no. */
  | { kind: "declined"; question: JobQuestion }
  /** The user interrupted the job: what it waits for, or has given up at a second interruption. */
  | { kind: "interrupted"; sending: UnderWay | undefined; isGivingUp: boolean }
  | { kind: "event"; event: RunEvent }
  | { kind: "deletion-ended"; end: DeletionEnd }
  /** The ids of a run whose ledger failed. */
  | { kind: "rescued-ids"; ids: readonly ReceivedId[] }
  /** What went wrong after the work was done; `resultsCommand` writes results that could not be written. */
  | { kind: "troubles"; errors: readonly UserError[]; resultsCommand: string | undefined }
  | { kind: "stopped"; stopped: Stopped }
  /** What the service noted beside an answer, and the host it would rather be asked at. */
  | { kind: "notice"; notice: string; host: string | null }
  | { kind: "run-ended"; end: RunEnd }
  /** What would mend a manifest, to be looked at. */
  | { kind: "repairs"; manifest: string; changes: readonly Change[] }
  /** What would be put into files, to be looked at. */
  | { kind: "filling"; document: FillDocument }
  /** What a list would be taken for, to be looked at. */
  | { kind: "adopting"; rows: readonly AdoptedRow[] }
  | { kind: "settling"; findings: readonly Finding[] }
  /** Two current graphics at one address, in the ledgers to be merged. */
  | { kind: "conflicts"; conflicts: readonly MergeConflict[]; isMerged: boolean }
  | { kind: "replaced"; graphics: readonly ReplacedGraphic[] };

/** Requests that have no answer yet. */
export interface UnderWay {
  what: "upload" | "deletion";
  count: number;
}

/** How a run ended. */
export interface RunEnd {
  summary: RunSummary;
  exitCode: number;
  durationMs: number;
  /** ISO 8601. */
  finishedAt: string;
  stopped: Stopped | undefined;
  areResultsWritten: boolean;
  /** Rows in the retry sheet; 0: there is none. */
  rowsToRetry: number;
  /** Paths of both as seen from the working directory. */
  results: string;
  retry: string;
}

/** A graphic that took the place of another: surveys still use the old id. */
export interface ReplacedGraphic {
  folder: string;
  name: string;
  oldId: string | null;
  newId: string | null;
}

/** What a job comes to. */
export interface JobResult<Document = undefined> {
  exitCode: number;
  /** Undefined where the job could not go on: the reason was told. */
  document: Document | undefined;
  /** A bug of ours that came after the document was there; to be thrown on once that is shown. */
  defect?: { error: unknown } | undefined;
}

/** Thrown where a question was interrupted: the user has been told of it, and nothing was done. */
export class QuestionInterrupted extends Error {
  constructor() {
    super("interrupted at a question");
    this.name = "QuestionInterrupted";
  }
}

/**
 * The user's wish to end a job early. First no new requests are sent, and those under way finish. Once more, and nobody
 * waits for those either; what is known by then is recorded and written.
 */
export class Interruption {
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #unlisten: () => void;
  #findUnderWay: (() => UnderWay) | undefined;

  constructor({ onInterrupt, watcher }: JobHost) {
    this.#unlisten = onInterrupt(() => {
      const sending = this.#findUnderWay?.();
      const isGivingUp = this.signal.aborted;
      if (isGivingUp && (!sending || this.giveUp.aborted)) return false;
      (isGivingUp ? this.#giveUp : this.#stop).abort();
      watcher.tell({ kind: "interrupted", sending, isGivingUp });
      return true;
    });
  }

  /** Aborts at the first interruption. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborts at the second, where anything may be under way. */
  get giveUp(): AbortSignal {
    return this.#giveUp.signal;
  }

  /** From now on something may be under way, and results are to be written. */
  startSending(what: UnderWay["what"], countUnderWay: () => number): void {
    this.#findUnderWay = () => ({ what, count: countUnderWay() });
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

/** The same; false also where the question is interrupted. */
export async function isConfirmed(question: JobQuestion, host: JobHost): Promise<boolean> {
  const interruption = new Interruption(host);
  try {
    return await confirm(host, question, interruption.signal);
  } catch (error) {
    // Interrupted at the question is as good as no.
    if (interruption.signal.aborted) return false;
    throw error;
  } finally {
    interruption.end();
  }
}
