import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Undefined where the command runs; else why the tests that need it are left out, also said on stderr. */
export function whyMissing(command: string, args: readonly string[]): string | undefined {
  const tried = spawnSync(command, args, { timeout: 20_000 });
  if (tried.status === 0) return undefined;
  const reason = `left out: '${command} ${args.join(" ")}' does not run here`;
  process.stderr.write(`${reason}\n`);
  return reason;
}

/** Runs a client to its end and gives its stdout; rejects where it exits with an error. */
export async function runClient(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { timeout: 20_000 });
  return stdout;
}

/** A script of test/sandbox/clients. */
export function clientScript(name: string): string {
  return fileURLToPath(new URL(`./clients/${name}`, import.meta.url));
}
