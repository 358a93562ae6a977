import type { Answer, JobMessage, JobQuestion, JobWatcher } from "../jobs/watcher.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import { formatMessage, type Said } from "../render/job-text.ts";
import { PLAIN } from "../render/terminal-text.ts";
import type { DeletionDocument } from "../report/deletion-document.ts";

/** What has a place of its own in the page, or is about a terminal. */
const NOT_SAID: readonly JobMessage["kind"][] = [
  "diagnostics",
  "plan",
  "deletions",
  "deletion-ended",
  "interrupted",
  "unconfirmed",
  "declined",
];

/** Keeps what a job tells, as data; asked anything, it says no, unless `answer` says otherwise. */
export class CollectingWatcher implements JobWatcher {
  diagnostics: readonly Diagnostic[] = [];
  plan: PlanDocument | undefined;
  deletions: DeletionDocument | undefined;
  /** Who else recorded some of what would be deleted. */
  others: string | null = null;
  /** In words, as everybody else is told. */
  readonly said: Said[] = [];

  tell(message: JobMessage): void {
    if (message.kind === "diagnostics") this.diagnostics = message.found;
    else if (message.kind === "plan") this.plan = message.document;
    else if (message.kind === "deletions") {
      this.deletions = message.document;
      this.others = message.others;
    }
    this.said.push(...say(message));
  }

  async settled(): Promise<void> {}

  async ask(_question: JobQuestion): Promise<Answer> {
    return "no";
  }

  /** The words alone. */
  get notes(): string[] {
    return this.said.map(({ text }) => text);
  }
}

/** A message in words; nothing where the page shows it in another way. */
export function say(message: JobMessage): Said[] {
  return NOT_SAID.includes(message.kind) ? [] : formatMessage(message, PLAIN);
}
