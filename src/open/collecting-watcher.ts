import type { Answer, JobMessage, JobQuestion, JobWatcher } from "../jobs/watcher.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import type { Said } from "../render/job-text.ts";
import type { DeletionDocument } from "../report/deletion-document.ts";
import { UserError } from "../user-error.ts";
import { sayHere } from "./hints.ts";

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
    this.said.push(...sayHere(message));
  }

  async settled(): Promise<void> {}

  async ask(_question: JobQuestion): Promise<Answer> {
    return "no";
  }

  /** What to say where errors kept the job from going on: the first of them. */
  get refusal(): UserError {
    const first = this.diagnostics.find(({ severity }) => severity === "error");
    return new UserError("MANIFEST_INVALID", first?.message ?? "the sheet has errors", {
      hint: first?.hint ?? "repair it first",
    });
  }

  get notes(): string[] {
    return this.said.map(({ text }) => text);
  }
}
