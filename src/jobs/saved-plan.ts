import { hash } from "node:crypto";
import { dirname, relative, resolve, sep } from "node:path";
import { readManifestBytes } from "../files/read-file.ts";
import { replaceFile } from "../files/replace-file.ts";
import { isSent } from "../plan/decide-action.ts";
import {
  findPlanChanges,
  type PlanDocument,
  planDocumentSchema,
  type SavedPlan,
} from "../plan/plan-document.ts";
import type { Action } from "../plan/planned-row.ts";
import { addressKey, type Recorded } from "../plan/recorded.ts";
import { formatShard, parseShard } from "../plan/shard.ts";
import { formatCount, plural } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import type { JobLedger } from "./job-ledger.ts";
import type { Job } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { overwrittenBy } from "./overwriting.ts";
import { displayPath } from "./paths.ts";
import { VERSION } from "./version.ts";

/** A saved plan, read from its file; all its paths are absolute here. */
export interface OpenedPlan {
  file: string;
  /** Of its bytes, lower-case hex: runs are known by it. */
  sha256: string;
  document: PlanDocument;
  saved: SavedPlan;
  manifest: string;
  /** Where it keeps things, for a shard those of the whole manifest, and what its images must lie under. */
  places: Pick<SavedPlan, "ledger" | "results" | "root">;
}

/**
 * A saved plan if that is what the file holds, whatever its name; undefined for anything else, which then is
 * a manifest. A UserError for a plan that cannot be used.
 */
export async function openSavedPlan(file: string): Promise<OpenedPlan | undefined> {
  const bytes = await readManifestBytes(file);
  const value = parseJson(bytes);
  if (typeof value !== "object" || value === null || !("actions" in value)) return undefined;
  const parsed = planDocumentSchema.safeParse(value);
  if (!parsed.success) {
    const place = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new UserError("PLAN_DAMAGED", `'${file}' is not a plan of this qgfx, at '${place}'`, {
      hint: "save it again with `qgfx plan … --out`",
    });
  }
  const { saved } = parsed.data;
  const sha256 = hash("sha256", bytes, "hex");
  if (saved) {
    const fromPlan = (path: string) => resolve(dirname(file), path);
    const { ledger, results, root } = saved;
    const places = { ledger: fromPlan(ledger), results: fromPlan(results), root: fromPlan(root) };
    const manifest = fromPlan(saved.manifestPath);
    return { file, sha256, document: parsed.data, saved, manifest, places };
  }
  throw new UserError("PLAN_NOT_SAVED", `'${file}' does not say what it was made from`, {
    hint: "save the plan with `qgfx plan … --out`; what --json prints is for reading",
  });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    // Whoever reads manifests says what is wrong with it.
    return undefined;
  }
}

/** The options as the saved plan fixes them, over those that are about the run alone. */
export function optionsOfPlan<T extends JobOptions>(options: T, plan: OpenedPlan): T {
  const { saved, document, places } = plan;
  const shard = saved.shard === null ? undefined : parseShard(saved.shard);
  return {
    ...options,
    library: document.target.library,
    ...places,
    maxSize: saved.maxBytes,
    unknown: saved.unknown,
    share: saved.share,
    ...(saved.nameQuotes !== undefined && { nameQuotes: saved.nameQuotes }),
    ...(saved.baseUrl === null ? { sandbox: true } : { host: saved.baseUrl }),
    ...(saved.folder !== null && { folder: saved.folder }),
    ...(saved.sheet !== null && { sheet: saved.sheet }),
    ...(saved.encoding !== undefined && { encoding: saved.encoding }),
    ...(shard && { shard }),
  };
}

const MOST_LISTED = 20;

/**
 * Throws PLAN_STALE where anything is not as it was when the plan was saved, after saying what; nothing has been
 * sent. What earlier runs of this very plan did is no change: applied again, it goes on with its other rows. `actions` are those of the plan made now.
 */
export async function refuseStale(
  { file, sha256, document, saved }: OpenedPlan,
  job: Job,
  { ledger, recorded }: JobLedger,
  actions: readonly Action[],
): Promise<void> {
  const now = {
    manifestSha256: await digestManifest(job),
    recordedSha256: digestRecorded(recorded, document.actions),
    actions,
  };
  const runs = ledger.runs().filter(({ plan }) => plan === sha256);
  const own = new Set(runs.map(({ run }) => run));
  const done = [...recorded.graphics, ...recorded.unknowns].filter(({ run }) => own.has(run));
  const doneAt = new Set(done.map(addressKey));
  const changes = findPlanChanges({ ...saved, actions: document.actions }, now, doneAt);
  if (changes.length === 0) return;
  const { cwd, watcher } = job.host;
  for (const { message } of changes.slice(0, MOST_LISTED)) {
    watcher.tell({ kind: "warning", text: message });
  }
  const more = changes.length - MOST_LISTED;
  if (more > 0) watcher.tell({ kind: "warning", text: `and ${formatCount(more)} more` });
  const shown = displayPath(file, cwd);
  const sandbox = saved.baseUrl === null ? " --sandbox" : "";
  const message = `the saved plan ${shown} is out of date: ${plural(changes.length, "change")} since ${saved.savedAt}`;
  throw new UserError("PLAN_STALE", message, {
    hint: `run \`qgfx plan ${document.manifest}${sandbox} --out ${shown}\` and look at it again; nothing was sent`,
  });
}

/** Writes the plan to `file` with everything it depends on; gives the document as written. */
export async function savePlan(
  file: string,
  job: Job,
  recorded: Recorded,
  document: PlanDocument,
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
    recordedSha256: digestRecorded(recorded, document.actions),
    baseUrl: target.baseUrl,
    folder: options.folder ?? null,
    sheet: options.sheet ?? null,
    encoding: options.encoding,
    ledger: fromPlan(paths.whole.ledger),
    results: fromPlan(paths.whole.results),
    shard: options.shard ? formatShard(options.shard) : null,
    root: fromPlan(paths.rootDir),
    maxBytes: options.maxSize,
    unknown: options.unknown ?? (job.keys ? "repeat" : "hold"),
    share: options.share === true,
    nameQuotes: options.nameQuotes,
  };
  const written = { ...document, saved };
  await replaceFile(file, `${JSON.stringify(written, null, 2)}\n`);
  return written;
}

/** Of the manifest's bytes, lower-case hex. */
async function digestManifest({ paths }: Job): Promise<string> {
  return hash("sha256", await readManifestBytes(paths.manifest));
}

/**
 * One hash over what is recorded at the addresses of the plan's rows, but for those that the plan itself changes, and over
 * uploads without an answer whose row is gone. Orphans are not in it: apply leaves them alone, and a ledger that was made
 * anew from the results does not know them.
 */
function digestRecorded({ graphics, unknowns }: Recorded, actions: readonly Action[]): string {
  const changed = actions.filter((action) => isSent(action) || action.reason === "shared");
  const changedAt = new Set(changed.map(addressKey));
  const replaced = new Set(changed.map(({ graphicId }) => graphicId));
  const rowsAt = new Set(actions.filter(({ line }) => line !== null).map(addressKey));
  const lines = [
    ...graphics
      .filter((graphic) => rowsAt.has(addressKey(graphic)) && !replaced.has(graphic.graphicId))
      .filter((graphic) => !changedAt.has(addressKey(graphic)))
      .map(({ folder, name, graphicId, sha256 }) => [folder, name, sha256, graphicId]),
    ...unknowns
      .filter((unknown) => unknown.ownedByManifest || rowsAt.has(addressKey(unknown)))
      .filter((unknown) => !changedAt.has(addressKey(unknown)))
      .map(({ folder, name, sha256 }) => [folder, name, sha256]),
  ].map((line) => JSON.stringify(line));
  return hash("sha256", lines.sort().join("\n"));
}
