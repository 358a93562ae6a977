import { ndjsonProgress, type Progress, plainProgress, SILENT } from "../../render/progress.ts";
import type { CommonOptions } from "../common-options.ts";
import type { HostProcess } from "../host-process.ts";
import type { Terminal } from "../terminal.ts";

/** NDJSON for `--json`, nothing for `--quiet`, a live view on a terminal, plain lines elsewhere. */
export async function chooseProgress(
  options: CommonOptions,
  { stdout, stderr, env }: HostProcess,
  terminal: Terminal,
): Promise<Progress> {
  if (options.json) return ndjsonProgress(stdout);
  if (options.quiet) return SILENT;
  const isLive = stderr.isTTY === true && !env.CI && env.TERM !== "dumb";
  if (!isLive) return plainProgress(stderr, terminal.errStyle);
  const { liveProgress } = await import("../../render/live-progress.ts");
  return liveProgress(stderr as NodeJS.WriteStream, terminal.errStyle);
}
