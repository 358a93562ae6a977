import { resolve } from "node:path";
import { type Execution, executeUploads, type UploadEffects } from "../execute/execute-uploads.ts";
import { readInspected } from "../files/inspect-image.ts";
import { networkDriveProblem } from "../files/network-drive.ts";
import { readManifestBytes } from "../files/read-file.ts";
import type { Ledger, Run, RunStart } from "../ledger/ledger.ts";
import { DEFAULT_NAME_QUOTES } from "../manifest/manifest.ts";
import { describeActions, type Plan } from "../plan/build-plan.ts";
import { summarizePlan } from "../plan/plan-document.ts";
import { printTarget } from "../plan/printed-fields.ts";
import { graphicUrl } from "../plan/service.ts";
import type { Client } from "../qualtrics/client.ts";
import { prepareForm } from "../qualtrics/multipart.ts";
import { rowsWithdrawn } from "../report/results.ts";
import { EXIT } from "../report/summary.ts";
import { createCanary, createSample } from "./compare-graphics.ts";
import { endRun } from "./end-run.ts";
import { openJobLedger, runStart } from "./job-ledger.ts";
import { assertNamesFit, INVALID, type Job, openJob } from "./open-job.ts";
import { type ApplyOptions, DEFAULT_SAMPLE } from "./options.ts";
import { resolvePageFile } from "./overwriting.ts";
import { displayPath, imageLimits, type Paths } from "./paths.ts";
import { agreeOnPlan } from "./plan.ts";
import type { OpenedPlan } from "./saved-plan.ts";
import { CLOCK, type Connection, connect, paceOf } from "./service.ts";
import { keysOfRun, REPEATING } from "./upload-keys.ts";
import { Interruption, type JobHost, type JobResult, type RunEnd } from "./watcher.ts";

const ATTEMPTS_PER_ROW = 8;

/** Plans a manifest or takes a saved plan, asks, uploads and writes the results. `given`: options the user named. */
export async function apply(
  file: string,
  options: ApplyOptions,
  given: readonly string[],
  host: JobHost,
): Promise<JobResult<RunEnd>> {
  const path = resolve(host.cwd, file);
  const bytes = await readManifestBytes(path);
  // A saved plan is a JSON object; a YAML manifest may begin so, too.
  const isObject = /^\s*\{/.test(Buffer.from(bytes.subarray(0, 1024)).toString());
  if (!isObject) return applyManifest(file, options, host);
  const { openSavedPlan, optionsOfPlan } = await import("./saved-plan.ts");
  const savedPlan = await openSavedPlan(path);
  if (!savedPlan) return applyManifest(file, options, host);
  const { refuseUntrusted } = await import("./trust-plan.ts");
  refuseUntrusted(savedPlan, file, options, given, host);
  const manifest = displayPath(savedPlan.manifest, host.cwd);
  const job = await openJob(manifest, optionsOfPlan(options, savedPlan), host);
  if (job) return applyJob(job, savedPlan);
  const text = `the saved plan ${file} is out of date: its manifest has errors now`;
  host.watcher.tell({ kind: "warning", text });
  return INVALID;
}

/** The same for what is a manifest and no saved plan. */
export async function applyManifest(
  file: string,
  options: ApplyOptions,
  host: JobHost,
): Promise<JobResult<RunEnd>> {
  const job = await openJob(file, options, host);
  return job ? applyJob(job, undefined) : INVALID;
}

/** A job whose ledger is locked for it. */
interface Applying {
  job: Job<ApplyOptions>;
  ledger: Ledger;
  savedPlan: OpenedPlan | undefined;
  interruption: Interruption;
  /** Where the page goes, if one is wanted. */
  page: string | undefined;
  /** Undefined where uploads have no keys. */
  keyOf: RunStart["keyOf"];
}

/** Plans under the ledger's lock, asks, and runs what was shown. */
async function applyJob(
  job: Job<ApplyOptions>,
  savedPlan: OpenedPlan | undefined,
): Promise<JobResult<RunEnd>> {
  const page = resolvePageFile(job.options, job.paths, job.host.cwd);
  await assertNamesFit(job);
  const interruption = new Interruption(job.host);
  try {
    warnOfNetworkDrive(job);
    const record = await openJobLedger(job);
    const { ledger } = record;
    try {
      const plan = await agreeOnPlan(job, record, savedPlan, interruption.signal);
      if (!plan) return { exitCode: EXIT.declined, document: undefined };
      const connection =
        plan.uploads.length > 0 ? await connect(job, interruption.giveUp) : undefined;
      try {
        const keyOf = job.keys && keysOfRun(job.keys);
        const applying = { job, ledger, savedPlan, interruption, page, keyOf };
        return await runUploads(applying, plan, connection);
      } finally {
        await connection?.close();
      }
    } finally {
      ledger.close();
    }
  } finally {
    interruption.end();
  }
}

function warnOfNetworkDrive({ paths, host }: Job): void {
  const problem = networkDriveProblem(paths.ledger, displayPath(paths.ledger, host.cwd));
  if (!problem) return;
  const text = `${problem.message}; ${problem.hint}`;
  host.watcher.tell({ kind: "warning", text });
}

/** Uploads what the plan says, and writes the results whatever happens. No connection: nothing is to be sent. */
async function runUploads(
  applying: Applying,
  plan: Plan,
  connection: Connection | undefined,
): Promise<JobResult<RunEnd>> {
  const { job, ledger, page } = applying;
  // The ledger is read for it at once: after the run it no longer has what was replaced.
  const writePage =
    page === undefined
      ? undefined
      : (await import("./page.ts")).preparePage(page, job, plan, ledger);
  const startedAt = new Date().toISOString();
  const run = startRun(applying, plan, startedAt);
  job.host.watcher.tell({
    kind: "event",
    event: {
      version: 1,
      event: "run.started",
      time: startedAt,
      manifest: job.manifest.file,
      target: printTarget(job.target),
      summary: summarizePlan(describeActions(plan)),
    },
  });
  const execution = run && connection ? await send(applying, plan, run, connection) : NOTHING_SENT;
  return endRun({
    job,
    ledger,
    run,
    plan,
    execution,
    startedAt,
    writePage: async (recordOf) => writePage?.(recordOf, connection?.baseUrl),
  });
}

const NOTHING_SENT: Execution = { outcomes: [], stopped: undefined, notices: [], unrecorded: [] };

/** Records the run with all that it means to do; undefined where that is nothing, and then the ledger stays as it is. */
function startRun(
  { job, ledger, savedPlan, keyOf }: Applying,
  plan: Plan,
  startedAt: string,
): Run | undefined {
  const { paths, target } = job;
  const unwanted = rowsWithdrawn(plan.rows, ledger.rowRecords(target));
  if (unwanted.length > 0) ledger.withdraw(target, unwanted);
  if (plan.uploads.length === 0 && plan.shared.length === 0) return undefined;
  // The notes are about the whole manifest's files.
  if (paths.member !== "retry") ledger.rememberImages(paths.manifestKey, job.known);
  const { nameQuotes = DEFAULT_NAME_QUOTES } = job.options;
  const how = { startedAt, plan: savedPlan?.sha256, nameQuotes, keyOf };
  return ledger.startRun({ ...runStart(job, "apply"), ...how }, plan.uploads, plan.shared);
}

/** Hands the executor its effects: the disk, the service, the ledger, the clock. */
async function send(
  { job, ledger, interruption, keyOf }: Applying,
  plan: Plan,
  recorder: Run,
  connection: Connection,
): Promise<Execution> {
  const { client, baseUrl } = connection;
  const { options, paths, host } = job;
  const sampled = options.sample ?? DEFAULT_SAMPLE;
  // A canary has looked at the first ones.
  const counts = { first: options.canary === undefined ? sampled : 0, last: sampled };
  const effects: UploadEffects = {
    keys: keyOf && REPEATING,
    prepare: uploadPreparer(client, paths, options, keyOf),
    recorder,
    emit: (event) => host.watcher.tell({ kind: "event", event }),
    ...CLOCK,
    isKnownId: (id) => ledger.knowsId(id),
    urlOf: (id) => graphicUrl(baseUrl, id),
    canary:
      options.canary === undefined
        ? undefined
        : createCanary(job, options.canary, interruption.giveUp),
    sample:
      sampled === 0 ? undefined : createSample(job, plan.uploads, counts, interruption.giveUp),
  };
  interruption.startSending("upload", () => client.underWay);
  const sizes = plan.uploads.map(({ image }) => image.sizeBytes);
  return executeUploads(plan.uploads, effects, {
    ...paceOf(options, sizes),
    stop: interruption.signal,
    maxAttempts: ATTEMPTS_PER_ROW,
    maxFailures: options.maxFailures,
  });
}

/** Reads a row's image into its form, and sends it with its key where it has one. */
function uploadPreparer(
  client: Client,
  paths: Paths,
  options: ApplyOptions,
  keyOf: RunStart["keyOf"],
): UploadEffects["prepare"] {
  // One object for the run: what is known of the root's folders is kept by it.
  const limits = imageLimits(paths, options);
  return async (planned) => {
    const { row, image } = planned;
    const { name, folder, path } = row;
    const key = keyOf?.(planned);
    // A service may compare the whole form with the one that came with the key before.
    const how = { nameQuotes: options.nameQuotes, boundary: key };
    const form = prepareForm({ name, folder, ...image, ...how });
    const changed = await readInspected(path, image, limits, form.image);
    return changed ?? { send: () => client.upload(form, key) };
  };
}
