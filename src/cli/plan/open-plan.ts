import { dirname, resolve } from "node:path";
import { readManifestBytes } from "../../files/read-manifest.ts";
import { type PlanDocument, planDocumentSchema } from "../../plan/plan-document.ts";
import type { SavedPlan } from "../../plan/saved-plan.ts";
import { parseShard } from "../../plan/shard.ts";
import { UserError } from "../../user-error.ts";
import type { CommonOptions } from "../common-options.ts";

/** A saved plan, read from its file. */
export interface OpenedPlan {
  /** Absolute. */
  file: string;
  document: PlanDocument;
  saved: SavedPlan;
}

/**
 * A saved plan if that is what the file holds, whatever its name; undefined for anything else, which then is
 * a manifest. A UserError for a plan that cannot be used.
 */
export async function openSavedPlan(file: string): Promise<OpenedPlan | undefined> {
  const value = parseObject(await readManifestBytes(file));
  if (!value || !("actions" in value)) return undefined;
  const parsed = planDocumentSchema.safeParse(value);
  if (!parsed.success) {
    const place = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new UserError("PLAN_DAMAGED", `'${file}' is no plan of this qgfx, at '${place}'`, {
      hint: "save it again with `qgfx plan … --out`",
    });
  }
  const { saved } = parsed.data;
  if (saved) return { file, document: parsed.data, saved };
  throw new UserError("PLAN_NOT_SAVED", `'${file}' does not say what it was made from`, {
    hint: "save the plan with `qgfx plan … --out`; what --json prints is for reading",
  });
}

const OPENING_BRACE = /^\ufeff?\s*\{/;

function parseObject(bytes: Uint8Array): object | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!OPENING_BRACE.test(text.toString("utf8", 0, 1024))) return undefined;
  try {
    return JSON.parse(text.toString("utf8"));
  } catch {
    // A YAML manifest may begin so, too; whoever reads manifests says what is wrong with it.
    return undefined;
  }
}

/** The options as the saved plan fixes them, over those that are about the run alone. */
export function optionsOfPlan<T extends CommonOptions>(options: T, plan: OpenedPlan): T {
  const { saved, document } = plan;
  const shard = saved.shard === null ? undefined : parseShard(saved.shard);
  return {
    ...options,
    library: document.target.library,
    ...placesOfPlan(plan),
    maxSize: saved.maxBytes,
    unknown: saved.unknown,
    share: saved.share,
    ...(saved.baseUrl === null ? { sandbox: true } : { host: saved.baseUrl }),
    ...(saved.folder !== null && { folder: saved.folder }),
    ...(saved.sheet !== null && { sheet: saved.sheet }),
    ...(shard && { shard }),
  };
}

/** Where a saved plan keeps things, and what its pictures must lie under; absolute. */
export type PlanPlaces = Pick<SavedPlan, "ledger" | "results" | "root">;

/** The places a saved plan names; for a shard those of the whole manifest. */
export function placesOfPlan({ file, saved }: OpenedPlan): PlanPlaces {
  const fromPlan = (path: string) => resolve(dirname(file), path);
  return {
    ledger: fromPlan(saved.ledger),
    results: fromPlan(saved.results),
    root: fromPlan(saved.root),
  };
}

/** Where the manifest of a saved plan is; absolute. */
export function manifestOfPlan({ file, saved }: OpenedPlan): string {
  return resolve(dirname(file), saved.manifestPath);
}
