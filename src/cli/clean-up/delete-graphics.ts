import type { Ledger } from "../../ledger/open-ledger.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import type { Deletion } from "../../plan/build-deletions.ts";
import { formatDeletions } from "../../render/deletions-text.ts";
import {
  buildDeletionDocument,
  type DeletionDocument,
  type DeletionHead,
} from "../../report/deletion-document.ts";
import { EXIT } from "../../report/exit-code.ts";
import { plural } from "../../report/units.ts";
import { UserError } from "../../user-error.ts";
import type { Interruption } from "../apply/interruption.ts";
import { ask, canAsk } from "../ask.ts";
import type { CommonOptions } from "../common-options.ts";
import type { HostProcess } from "../host-process.ts";
import type { Job } from "../plan/prepare-job.ts";
import type { Terminal } from "../terminal.ts";
import { endDeletions } from "./end-deletions.ts";
import { runDeletions } from "./run-deletions.ts";
import { toJson } from "./show-deletions.ts";

export interface DeleteOptions extends CommonOptions {
  yes?: boolean;
  maxDelete: number;
}

/** What the steps of one prune or undo share. */
export interface DeleteContext {
  job: Pick<Job, "target" | "paths" | "env"> & { manifest: Manifest };
  command: "prune" | "undo";
  /** The run that is undone. */
  run: number | null;
  options: DeleteOptions;
  process: HostProcess;
  terminal: Terminal;
  interruption: Interruption;
}

/** Shows what would be deleted, asks, and does it; gives the exit code. */
export async function deleteGraphics(
  context: DeleteContext,
  ledger: Ledger,
  deletions: readonly Deletion[],
): Promise<number> {
  const { options, terminal } = context;
  const planned = buildDeletionDocument(headOf(context), deletions, undefined);
  if (deletions.length === 0) {
    terminal.product(options.json ? toJson(planned) : "nothing to delete");
    return EXIT.done;
  }
  terminal.note(formatDeletions(planned, terminal.errStyle));
  checkCount(planned.summary.delete, options.maxDelete);
  if (!options.yes && !(await isConfirmed(context, planned))) {
    if (options.json) terminal.product(toJson(planned));
    return EXIT.declined;
  }
  const finished = await runDeletions(context, ledger, deletions);
  const { ends } = finished.execution;
  const document = buildDeletionDocument(headOf(context), deletions, ends);
  return endDeletions(context, ledger, finished, document);
}

function headOf({ command, job, run }: DeleteContext): DeletionHead {
  const { host, library } = job.target;
  return { command, manifest: job.manifest.file, target: { host, library }, run };
}

function checkCount(count: number, maxDelete: number): void {
  if (count <= maxDelete) return;
  throw new UserError(
    "TOO_MANY_DELETIONS",
    `${count} graphics would be deleted, more than ${maxDelete} at once`,
    { hint: `check the list, then give --max-delete ${count} if it is right` },
  );
}

async function isConfirmed(
  { process, terminal, interruption, job }: DeleteContext,
  { summary }: DeletionDocument,
): Promise<boolean> {
  const what = `delete ${plural(summary.delete, "graphic")} from library ${job.target.library} on ${job.target.host}`;
  if (!canAsk(process)) {
    terminal.alarm(`confirmation needed to ${what}\n    give --yes to go ahead without a question`);
    return false;
  }
  const isYes = await ask(`${what}? This cannot be undone`, process, interruption.signal);
  if (!isYes) terminal.note("nothing was deleted");
  return isYes;
}
