import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { FaultScript } from "../../sandbox/fault-script.ts";
import type { SandboxStart } from "../../sandbox/start-sandbox.ts";
import { UserError } from "../../user-error.ts";
import { parseWhole } from "../common-options.ts";
import type { CommandContext, HostProcess } from "../host-process.ts";

const EXAMPLES = `
The first line on stdout is JSON: {"url","token","library"}. Ctrl-C ends it.

Examples:
  $ qgfx sandbox --port 8787 --store sandbox-images
  $ qgfx sandbox --port 0 > sandbox.json &     # then jq -r .url sandbox.json`;

interface SandboxOptions {
  port: number;
  store?: string;
  script?: string;
}

/** `qgfx sandbox`: the local stand-in for Qualtrics, until it is interrupted. */
export function registerSandbox(program: Command, context: CommandContext): void {
  program
    .command("sandbox")
    .description("run the local stand-in for Qualtrics on loopback")
    .option("--port <n>", "port to listen on; 0 picks a free one", parseWhole(0, 65_535), 0)
    .option("--store <dir>", "keep the images there (default: in memory, gone at the end)")
    .option("--script <file>", "play the faults of a JSON script: a bad day, rehearsed")
    .addHelpText("after", EXAMPLES)
    .action((options: SandboxOptions) => serve(options, context.process));
}

async function serve(options: SandboxOptions, process: HostProcess): Promise<void> {
  const { startSandbox } = await import("../../sandbox/start-sandbox.ts");
  const sandbox = await startSandbox({
    port: options.port,
    ...(options.store !== undefined && { storeDir: resolve(process.cwd, options.store) }),
    ...(options.script !== undefined && { script: await readScript(options.script, process.cwd) }),
  });
  // Only now: until there is something to close, a signal ends the process as it would any other.
  const interrupted = new Promise<void>((done) => process.onSignal(() => done()));
  const { url, token, library } = sandbox;
  const start: SandboxStart = { url, token, library };
  process.stdout.write(`${JSON.stringify(start)}\n`);
  process.stderr.write(`sandbox listening on ${url}; Ctrl-C ends it\n`);
  await interrupted;
  await sandbox.close();
}

async function readScript(file: string, cwd: string): Promise<FaultScript> {
  const { parseFaultScript } = await import("../../sandbox/fault-script.ts");
  try {
    return parseFaultScript(await readFile(resolve(cwd, file), "utf8"), file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new UserError("SCRIPT_UNREADABLE", `cannot read '${file}' (${code})`, {
      hint: "check the path given with --script",
    });
  }
}
