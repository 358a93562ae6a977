import { dirname, relative, resolve, sep } from "node:path";
import { replaceFile } from "../files/replace-file.ts";
import type { LedgerView } from "../ledger/ledger.ts";
import type { ManifestRow, PriorResult } from "../manifest/manifest.ts";
import { buildPlan, describeActions, type Plan } from "../plan/build-plan.ts";
import type { UnknownPolicy } from "../plan/decide-action.ts";
import { buildPlanDocument, type PlanDocument } from "../plan/plan-document.ts";
import type { SavedPlan } from "../plan/saved-plan.ts";
import { formatShard, isInShard } from "../plan/shard.ts";
import type { Target } from "../plan/target.ts";
import { parseHost } from "../qualtrics/host.ts";
import { EXIT } from "../report/exit-code.ts";
import { UserError } from "../user-error.ts";
import { readJobLedger, readRecorded } from "./job-ledger.ts";
import { INVALID, type Job, openJob } from "./open-job.ts";
import type { JobOptions, PageOptions } from "./options.ts";
import { overwrittenBy, resolvePageFile } from "./overwriting.ts";
import { digestManifest, digestRecorded } from "./saved-plan.ts";
import { VERSION } from "./version.ts";
import type { JobHost, JobResult } from "./watcher.ts";

export interface PlanOptions extends JobOptions, PageOptions {
  /** Where the plan is saved; nowhere without. */
  out?: string;
  /** Whether the exit code tells of changes. */
  detailedExitcode?: boolean;
}

/** Tells what apply would do, and writes it where the options say; sends and records nothing. */
export async function plan(
  file: string,
  options: PlanOptions,
  host: JobHost,
): Promise<JobResult<PlanDocument>> {
  const { cwd, watcher } = host;
  const job = await openJob(file, options, host);
  if (!job) return INVALID;
  const page = resolvePageFile(options, job.paths, cwd);
  const ledger = await readJobLedger(job);
  try {
    const policy = options.unknown ?? "hold";
    const built = planJob(job, ledger, policy);
    const { out, rate } = options;
    const document =
      out === undefined
        ? describePlan(job, built)
        : await savePlan(resolve(cwd, out), job, ledger, built, policy);
    watcher.tell({ kind: "plan", purpose: "look", document, rate });
    if (out !== undefined) {
      const { optionsToRepeat } = await import("./trust-plan.ts");
      const again = `qgfx apply ${out}${optionsToRepeat(job.paths, cwd)}`;
      watcher.tell({ kind: "note", text: `saved to ${out}; \`${again}\` does exactly this` });
    }
    if (page !== undefined) {
      const { preparePage } = await import("./page.ts");
      await preparePage(page, job, built, ledger)();
    }
    const isPending = built.uploads.length > 0;
    const exitCode = isPending && options.detailedExitcode ? EXIT.changesPending : EXIT.done;
    return { exitCode, document };
  } finally {
    ledger?.close();
  }
}

/** Plans a job against what its ledger holds; no ledger yet means nothing is recorded. */
export function planJob(job: Job, ledger: LedgerView | undefined, policy: UnknownPolicy): Plan {
  const { manifest, images, target } = job;
  const wanted = manifest.rows.flatMap((row, index) => {
    const image = images[index];
    return image ? [{ row, image }] : [];
  });
  return buildPlan(wanted, readRecorded(job, ledger), policy, {
    share: job.options.share === true,
    others: rowsOfOthers(job),
    isElsewhere: elsewhereJudge(target, ledger),
  });
}

function rowsOfOthers({ shard }: Job): ManifestRow[] | undefined {
  return shard?.whole.rows.filter((row) => !isInShard(row, shard.part));
}

/** The plan as people and scripts see it. */
export function describePlan({ manifest, target }: Job, plan: Plan): PlanDocument {
  return buildPlanDocument(manifest.file, target, describeActions(plan));
}

/** A prior result is elsewhere where its URL or the ledger says that it is of another service or library. */
function elsewhereJudge(
  target: Target,
  ledger: LedgerView | undefined,
): (prior: PriorResult) => boolean {
  let elsewhere: ReadonlySet<string> | undefined;
  const isHere = new Map([["", true]]);
  return ({ url, graphicId }) => {
    const origin = originOf(url);
    if (!isHere.has(origin)) isHere.set(origin, isOfService(origin, target));
    if (!isHere.get(origin)) return true;
    elsewhere ??= ledger?.idsElsewhere(target);
    return elsewhere?.has(graphicId) === true;
  };
}

/** Scheme, host and port; `null`, as `URL` has it, where nobody could have uploaded to what the URL names. */
function originOf(url: string): string {
  if (url === "") return "";
  return URL.canParse(url) ? new URL(url).origin : "null";
}

function isOfService(origin: string, { service, baseUrl }: Target): boolean {
  try {
    const prior = parseHost(origin).service;
    // The embedded sandbox listens on another port each time; its graphics are the same.
    return prior === service || (baseUrl === null && prior.startsWith("loopback:"));
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** Writes the plan to `file` with everything it depends on; gives the document as written. */
export async function savePlan(
  file: string,
  job: Job,
  ledger: LedgerView | undefined,
  plan: Plan,
  policy: UnknownPolicy,
): Promise<PlanDocument> {
  const { paths, target, options } = job;
  if (overwrittenBy(file, paths) !== undefined) {
    throw new UserError("OUT_IS_INPUT", `the plan would overwrite ${file}`, {
      hint: "name another file with --out",
    });
  }
  const fromPlan = (path: string) => relative(dirname(file), path).split(sep).join("/");
  const saved: SavedPlan = {
    qgfx: VERSION,
    savedAt: new Date().toISOString(),
    manifestPath: fromPlan(paths.manifest),
    manifestSha256: await digestManifest(job),
    recordedSha256: digestRecorded(job, ledger, describeActions(plan)),
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
