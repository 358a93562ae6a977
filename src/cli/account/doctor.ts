import { existsSync } from "node:fs";
import { assertManifestIsThere } from "../../files/read-manifest.ts";
import { displayPath, resolvePaths } from "../../jobs/paths.ts";
import { formatDiagnosis } from "../../render/account-text.ts";
import type { Diagnosis } from "../../report/account.ts";
import { EXIT } from "../../report/exit-code.ts";
import type { HostProcess } from "../host-process.ts";
import type { Terminal } from "../terminal.ts";
import { checkDisk, checkLedger, checkNode } from "./check-machine.ts";
import { checkService, type ServiceOptions } from "./check-service.ts";

export interface DoctorOptions extends ServiceOptions {
  ledger?: string;
}

/** Checks everything an upload depends on but the manifest itself; gives the exit code. */
export async function doctor(
  file: string | undefined,
  options: DoctorOptions,
  process: HostProcess,
  terminal: Terminal,
  nodeVersion: string,
): Promise<number> {
  // Without a manifest: for one that would lie in the working folder.
  const paths = resolvePaths(file ?? "manifest.csv", options, process.cwd);
  // A folder that is missing is what the checks are for.
  if (file !== undefined && existsSync(paths.baseDir)) await assertManifestIsThere(paths.manifest);
  const nameOf = (path: string) => displayPath(path, process.cwd);
  const checks = [
    checkNode(nodeVersion),
    ...(await checkService(options, process)),
    await checkDisk(paths.baseDir, nameOf(paths.baseDir)),
    await checkLedger(paths.ledger, nameOf(paths.ledger)),
  ];
  const document: Diagnosis = { version: 1, checks };
  const { outStyle } = terminal;
  terminal.product(
    options.json ? JSON.stringify(document, null, 2) : formatDiagnosis(document, outStyle),
  );
  return checks.some(({ status }) => status === "failed") ? EXIT.usage : EXIT.done;
}
