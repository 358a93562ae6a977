import { plan as planJob } from "../jobs/plan.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import { type PlanOptions, toJobOptions } from "./options.ts";
import { SilentWatcher, silentHost } from "./silent-watcher.ts";
import { ManifestInvalid } from "./validate.ts";

/**
 * What `apply` would do, row by row, then what no row names any more. Nothing is sent or written. Throws `ManifestInvalid`
 * where the manifest has errors and `UserError` for anything else that is yours to put right.
 */
export async function plan(manifest: string, options: PlanOptions = {}): Promise<PlanDocument> {
  const watcher = new SilentWatcher();
  const host = silentHost(options, watcher);
  const { document } = await planJob(manifest, toJobOptions(options), host);
  if (!document) throw new ManifestInvalid(manifest, watcher.found);
  return document;
}
