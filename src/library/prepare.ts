import { type Job, prepareJob } from "../cli/plan/prepare-job.ts";
import { ManifestInvalid } from "./manifest-invalid.ts";
import { type ApplyOptions, toCommonOptions } from "./options.ts";
import { KeepingTerminal, silentHost } from "./silent-host.ts";

/** Reads and checks a manifest; throws ManifestInvalid where it has errors. */
export async function prepare(manifest: string, options: ApplyOptions) {
  const process = silentHost(options);
  const terminal = new KeepingTerminal(process);
  const common = toCommonOptions(options);
  const job: Job | undefined = await prepareJob(manifest, common, process, terminal);
  if (!job) throw new ManifestInvalid(manifest, terminal.found);
  return { process, terminal, options: common, job };
}
