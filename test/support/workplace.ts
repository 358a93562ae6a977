import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { type CliRun, runCli } from "./run-cli.ts";

/** A graphic as the sandbox's own window shows it. */
export interface StoredGraphic {
  id: string;
  libraryId: string;
  name: string;
  folder: string;
  contentType: string;
  bytes: number;
  sha256: string;
}

/** A temporary folder with a sandbox beside it, and qgfx run in that folder against that sandbox. */
export class Workplace {
  readonly dir: string;
  readonly sandbox: Sandbox;

  constructor(dir: string, sandbox: Sandbox) {
    this.dir = dir;
    this.sandbox = sandbox;
  }

  write(path: string, content: string | Uint8Array): void {
    const file = join(this.dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** What `qgfx setup` would keep for the user. */
  writeSetup(setup: object): void {
    this.write("user-config/setup.json", JSON.stringify(setup));
    chmodSync(join(this.dir, "user-config/setup.json"), 0o600);
  }

  read(path: string): string {
    return readFileSync(join(this.dir, path), "utf8");
  }

  /** Environment that points qgfx at this sandbox. */
  get env(): Record<string, string> {
    return {
      QUALTRICS_API_KEY: this.sandbox.token,
      QUALTRICS_BASE_URL: this.sandbox.url,
      QUALTRICS_LIBRARY_ID: this.sandbox.library,
    };
  }

  qgfx(...args: string[]): Promise<CliRun> {
    return runCli(this.dir, args, this.env);
  }

  /** What the service really holds: the server's word, never the client's. */
  async held(): Promise<StoredGraphic[]> {
    const response = await fetch(`${this.sandbox.url}/sandbox/graphics`);
    const body = (await response.json()) as StoredGraphic[] | { graphics: StoredGraphic[] };
    return Array.isArray(body) ? body : body.graphics;
  }
}

/** A fresh workplace; folder and sandbox are gone when the test ends. */
export async function openWorkplace(
  options: Parameters<typeof startSandbox>[0] = {},
): Promise<Workplace> {
  const dir = mkdtempSync(join(tmpdir(), "qgfx-test-"));
  const sandbox = await startSandbox(options);
  onTestFinished(async () => {
    await sandbox.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return new Workplace(dir, sandbox);
}
