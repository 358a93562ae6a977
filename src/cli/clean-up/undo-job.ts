import { assertReplaceable } from "../../files/replace-file.ts";
import type { Ledger } from "../../ledger/open-ledger.ts";
import { planUndo } from "../../plan/build-deletions.ts";
import { EXIT } from "../../report/exit-code.ts";
import type { PastRun } from "../../report/past-run.ts";
import { UserError } from "../../user-error.ts";
import { Interruption } from "../apply/interruption.ts";
import { readEnvironment } from "../environment.ts";
import type { HostProcess } from "../host-process.ts";
import { openRecord } from "../results/open-record.ts";
import { openManifest } from "../sheet/open-manifest.ts";
import { resolveTarget, type Target } from "../target.ts";
import type { Terminal } from "../terminal.ts";
import { type DeleteOptions, deleteGraphics } from "./delete-graphics.ts";

/** Deletes what one run of a manifest made, its last apply where none is named; gives the exit code. */
export async function undoJob(
  file: string,
  runText: string | undefined,
  options: DeleteOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<number> {
  const opened = await openManifest(file, options, process, terminal);
  if (!opened) return EXIT.usage;
  const { manifest, paths } = opened;
  await assertReplaceable(paths.results);
  const env = readEnvironment(process.env, process.cwd);
  const ledger = openRecord(paths, process);
  const interruption = new Interruption(process, terminal);
  try {
    const past = chooseRun(ledger, paths.manifestKey, runText);
    const library = options.library ?? past.library;
    const target = resolveTarget({ ...options, library }, manifest.library, env);
    checkTarget(past, target);
    const deletions = planUndo(ledger.graphics(target, paths.manifestKey), past.run);
    const job = { manifest, paths, env, target };
    const context = { job, options, process, terminal, interruption };
    return await deleteGraphics({ ...context, command: "undo", run: past.run }, ledger, deletions);
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
