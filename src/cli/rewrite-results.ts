import { type LedgerView, readLedger } from "../ledger/open-ledger.ts";
import { hasErrors } from "../manifest/diagnostic.ts";
import { plural } from "../render/units.ts";
import { EXIT } from "../report/exit-code.ts";
import { UserError } from "../user-error.ts";
import type { CommonOptions } from "./common-options.ts";
import { readEnvironment } from "./environment.ts";
import type { HostProcess } from "./host-process.ts";
import { loadManifest } from "./load-manifest.ts";
import { displayPath, type Paths, resolvePaths } from "./paths.ts";
import { resolveTarget, type Target } from "./target.ts";
import type { Terminal } from "./terminal.ts";
import { writeResults } from "./write-results.ts";

type LibraryOf = Pick<Target, "service" | "library">;

/** Writes a manifest's results CSV from the ledger alone; gives the exit code. */
export async function rewriteResults(
  file: string,
  options: CommonOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<number> {
  const paths = resolvePaths(file, options, process.cwd);
  const { manifest, diagnostics } = await loadManifest(file, process.cwd, options);
  terminal.diagnostics(diagnostics);
  if (!manifest || hasErrors(diagnostics)) return EXIT.usage;
  const ledger = readLedger(paths.ledger);
  if (!ledger) throw noRecord(`no ledger at ${displayPath(paths.ledger, process.cwd)}`);
  try {
    const env = readEnvironment(process.env, process.cwd);
    const target = targetOf(ledger, paths, options, manifest.library, env);
    await writeResults(paths.results, manifest, ledger.rowRecords(target, paths.manifestKey));
  } finally {
    ledger.close();
  }
  const written = displayPath(paths.results, process.cwd);
  if (options.json) terminal.product(JSON.stringify({ version: 1, results: written }));
  else terminal.product(`${plural(manifest.rows.length, "row")} written to ${written}`);
  return EXIT.done;
}

/** The library named by an option, else that of the manifest's last run. */
function targetOf(
  ledger: LedgerView,
  paths: Paths,
  options: CommonOptions,
  manifestLibrary: string | undefined,
  env: HostProcess["env"],
): LibraryOf {
  const isNamed = options.host !== undefined || options.library !== undefined;
  if (isNamed) return resolveTarget(options, manifestLibrary, env);
  const last = ledger.lastRun(paths.manifestKey);
  if (last) return last;
  throw noRecord("the ledger holds no run of this manifest");
}

function noRecord(message: string): UserError {
  return new UserError("NOTHING_RECORDED", message, {
    hint: "run `qgfx apply` first, or name the ledger with --ledger (--sandbox for the sandbox's own)",
  });
}
