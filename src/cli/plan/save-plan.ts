import { dirname, relative, sep } from "node:path";
import { replaceFile } from "../../files/replace-file.ts";
import type { LedgerView } from "../../ledger/open-ledger.ts";
import type { Plan } from "../../plan/build-plan.ts";
import type { UnknownPolicy } from "../../plan/decide-action.ts";
import type { PlanDocument } from "../../plan/plan-document.ts";
import type { SavedPlan } from "../../plan/saved-plan.ts";
import { formatShard } from "../../plan/shard.ts";
import { UserError } from "../../user-error.ts";
import type { CommonOptions } from "../common-options.ts";
import { overwrittenBy } from "../overwriting.ts";
import type { Paths } from "../paths.ts";
import { VERSION } from "../version.ts";
import { digestManifest, digestRecorded } from "./plan-digests.ts";
import { describePlan } from "./plan-job.ts";
import type { Job } from "./prepare-job.ts";

/** What decides a plan besides the job. */
export interface PlanChoices {
  options: Pick<CommonOptions, "folder" | "sheet" | "maxSize" | "share">;
  policy: UnknownPolicy;
}

/** Writes the plan to `file` with everything it depends on; gives the document as written. */
export async function savePlan(
  file: string,
  job: Job,
  ledger: LedgerView | undefined,
  plan: Plan,
  { options, policy }: PlanChoices,
): Promise<PlanDocument> {
  const { paths, target } = job;
  refuseOverwriting(file, paths);
  const fromPlan = (path: string) => relative(dirname(file), path).split(sep).join("/");
  const saved: SavedPlan = {
    qgfx: VERSION,
    savedAt: new Date().toISOString(),
    manifestPath: fromPlan(paths.manifest),
    manifestSha256: await digestManifest(job),
    recordedSha256: digestRecorded(job, ledger, plan.actions),
    baseUrl: target.baseUrl,
    folder: options.folder ?? null,
    sheet: options.sheet ?? null,
    ledger: fromPlan(paths.whole.ledger),
    results: fromPlan(paths.whole.results),
    shard: job.shard ? formatShard(job.shard.part) : null,
    root: fromPlan(paths.rootDir),
    maxBytes: options.maxSize,
    unknown: policy,
    share: options.share === true,
  };
  const document = { ...describePlan(job, plan), saved };
  await replaceFile(file, `${JSON.stringify(document, null, 2)}\n`);
  return document;
}

function refuseOverwriting(file: string, paths: Paths): void {
  if (overwrittenBy(file, paths) === undefined) return;
  throw new UserError("OUT_IS_INPUT", `the plan would overwrite ${file}`, {
    hint: "name another file with --out",
  });
}
