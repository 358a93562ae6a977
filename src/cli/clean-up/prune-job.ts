import { planPrune } from "../../plan/build-deletions.ts";
import { EXIT } from "../../report/exit-code.ts";
import { Interruption } from "../apply/interruption.ts";
import type { HostProcess } from "../host-process.ts";
import { planJob } from "../plan/plan-job.ts";
import { prepareJob } from "../plan/prepare-job.ts";
import { openRecord } from "../results/open-record.ts";
import type { Terminal } from "../terminal.ts";
import { type DeleteOptions, deleteGraphics } from "./delete-graphics.ts";

export interface PruneOptions extends DeleteOptions {
  replaced?: boolean;
}

/** Deletes the orphans of a manifest without errors; gives the exit code. */
export async function pruneJob(
  file: string,
  options: PruneOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<number> {
  const job = await prepareJob(file, options, process, terminal);
  if (!job) return EXIT.usage;
  const { paths, target } = job;
  const ledger = openRecord(paths, process);
  const interruption = new Interruption(process, terminal);
  try {
    const { actions } = planJob(job, ledger, "hold");
    const orphans = actions.filter(({ action }) => action === "orphan");
    const graphics = ledger.graphics(target, paths.manifestKey);
    const deletions = planPrune(graphics, orphans, { includeReplaced: options.replaced === true });
    const context = { job, options, process, terminal, interruption };
    return await deleteGraphics({ ...context, command: "prune", run: null }, ledger, deletions);
  } finally {
    ledger.close();
    interruption.end();
  }
}
