import { assertReplaceable } from "../files/replace-file.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { planUndo } from "../plan/build-deletions.ts";
import type { Target } from "../plan/target.ts";
import type { DeletionDocument } from "../report/deletion-document.ts";
import type { PastRun } from "../report/past-run.ts";
import { UserError } from "../user-error.ts";
import { deleteGraphics } from "./delete.ts";
import { Interruption } from "./interruption.ts";
import { openRecord } from "./job-ledger.ts";
import { INVALID, openManifest } from "./open-job.ts";
import type { DeleteOptions } from "./options.ts";
import { readEnvironment, resolveTarget } from "./settings.ts";
import type { JobHost, JobResult } from "./watcher.ts";

/** Deletes what one run of a manifest made, its last apply where none is named. */
export async function undo(
  file: string,
  runText: string | undefined,
  options: DeleteOptions,
  host: JobHost,
): Promise<JobResult<DeletionDocument>> {
  const opened = await openManifest(file, options, host);
  if (!opened) return INVALID;
  const { manifest, paths } = opened;
  await assertReplaceable(paths.results);
  const env = readEnvironment(host.env, host.cwd);
  const ledger = openRecord(paths, host.cwd);
  const interruption = new Interruption(host);
  try {
    const past = chooseRun(ledger, paths.manifestKey, runText);
    const library = options.library ?? past.library;
    const target = resolveTarget({ ...options, library }, manifest.library, env);
    checkTarget(past, target);
    const deletions = planUndo(ledger.graphics(target, paths.manifestKey), past.run);
    const job = { ...opened, env, target };
    const context = { job, ledger, interruption, command: "undo", run: past.run } as const;
    return await deleteGraphics(context, deletions);
  } finally {
    ledger.close();
    interruption.end();
  }
}

function chooseRun(ledger: Ledger, manifest: string, runText: string | undefined): PastRun {
  const runs = ledger.pastRuns(manifest);
  const found =
    runText === undefined
      ? runs.findLast(({ command }) => command === "apply")
      : runs.find(({ run }) => String(run) === runText);
  if (found) return found;
  const message =
    runText === undefined
      ? "nothing of this manifest was ever applied"
      : `this manifest has no run '${runText}'`;
  throw new UserError("RUN_UNKNOWN", message, { hint: "list its runs with `qgfx history`" });
}

/** The token goes only where an option or the environment says, never where a ledger leads. */
function checkTarget({ run, host, service, library }: PastRun, target: Target): void {
  if (target.service === service && target.library === library) return;
  throw new UserError(
    "RUN_ELSEWHERE",
    `run ${run} went to library ${library} on ${host}, not to ${target.library} on ${target.host}`,
    {
      hint:
        host === "sandbox"
          ? "give --sandbox"
          : `give --host ${host} --library ${library} if that is what you mean`,
    },
  );
}
