import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { HostProcess } from "../../src/cli/host-process.ts";
import { run } from "../../src/cli/run.ts";

/** What one command line did. */
export interface CliRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the whole CLI inside this process: no terminal, an empty environment but for `env`; `input` is piped in. */
export async function runCli(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
  input?: string,
): Promise<CliRun> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const stdin = new PassThrough();
  if (input !== undefined) stdin.end(input);
  const texts = [collect(stdout), collect(stderr)] as const;
  const process: HostProcess = {
    args,
    env,
    cwd,
    configDir: join(cwd, "user-config"),
    stdin,
    stdout,
    stderr,
    onSignal: () => () => {},
    exitNow: (code) => {
      throw new Error(`exitNow(${code}) in a test`);
    },
  };
  const code = await run(process);
  stdout.end();
  stderr.end();
  return { code, stdout: await texts[0], stderr: await texts[1] };
}

async function collect(stream: PassThrough): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
