import { type Diagnostic, hasErrors } from "../manifest/diagnostic.ts";
import { EXIT } from "../report/exit-code.ts";
import { inspectManifest, loadManifest } from "./load-manifest.ts";
import type { JobOptions } from "./options.ts";
import { resolvePaths } from "./paths.ts";
import type { JobHost, JobResult } from "./watcher.ts";

/** Every problem of a manifest and its images that can be found without the network, by line. */
export async function validate(
  file: string,
  options: JobOptions,
  { cwd }: Pick<JobHost, "cwd">,
): Promise<JobResult<readonly Diagnostic[]>> {
  const paths = resolvePaths(file, options, cwd);
  const loaded = await loadManifest(file, cwd, options);
  const limits = { ...paths, maxBytes: options.maxSize };
  const { diagnostics } = await inspectManifest(loaded, limits);
  return { exitCode: hasErrors(diagnostics) ? EXIT.usage : EXIT.done, document: diagnostics };
}
