import type { Ledger } from "../ledger/ledger.ts";
import type { Deletion } from "../plan/build-deletions.ts";
import { processOwner } from "./job-ledger.ts";
import type { Job } from "./open-job.ts";
import { confirm } from "./watcher.ts";

/** What is to be deleted, and the record of who made it. */
interface Asked {
  job: Pick<Job, "host" | "paths" | "target">;
  ledger: Ledger;
  deletions: readonly Deletion[];
}

const MOST_NAMED = 20;

/**
 * Asks once more for ids that another user or machine recorded: a ledger comes from whoever could write it, and --yes
 * was said before anybody saw them.
 */
export async function agreeOnOthers(
  { job: { host, paths, target }, ledger, deletions }: Asked,
  signal: AbortSignal,
): Promise<boolean> {
  const own = processOwner();
  const strangers = new Map(
    ledger
      .pastRuns(paths.manifestKey)
      .filter(({ user, machine }) => user !== own.user || machine !== own.machine)
      .map(({ run, user, machine }) => [run, `${user} on ${machine}`]),
  );
  if (strangers.size === 0) return true;
  const recordedBy = new Map(
    ledger
      .graphics(target, paths.manifestKey)
      .map(({ graphicId, run }) => [graphicId, strangers.get(run)]),
  );
  const foreign = deletions.flatMap(({ action, graphicId, folder, name }) => {
    const who = action === "delete" ? recordedBy.get(graphicId) : undefined;
    return who === undefined
      ? []
      : [{ who, text: `${graphicId} ${folder}/${name}: recorded by ${who}` }];
  });
  if (foreign.length === 0) return true;
  for (const { text } of foreign.slice(0, MOST_NAMED)) host.watcher.tell({ kind: "warning", text });
  const who = [...new Set(foreign.map((one) => one.who))].join(", ");
  return confirm(host, { kind: "delete-others", count: foreign.length, who }, signal);
}
