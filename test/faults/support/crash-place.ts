import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { png } from "../../support/pictures.ts";
import { BIN, type Ended, start } from "./crash-process.ts";
import type { Server } from "./crash-server.ts";

export const MANIFEST = "m.csv";
export const LEDGER = ".qgfx/ledger.db";
export const RESULTS = "m.results.csv";

/** A folder with a manifest whose rows all go to one folder of the library, and qgfx run in it. */
export class Place {
  readonly dir: string;
  readonly server: Server;
  /** The library's folder, no other place's. */
  readonly folder: string;

  constructor(server: Server, folder: string, dir = mkdtempSync(join(tmpdir(), "qgfx-fault-"))) {
    this.server = server;
    this.folder = folder;
    this.dir = dir;
  }

  /** Row `index` is `p<index>.png`; its bytes differ for each seed. */
  writeRows(seeds: readonly number[]): void {
    const rows = seeds.map((seed, index) => {
      this.write(`p${index}.png`, png(seed));
      return `p${index}.png,${this.folder}`;
    });
    this.write(MANIFEST, ["path,folder", ...rows, ""].join("\n"));
  }

  write(path: string, content: string | Uint8Array): void {
    const file = join(this.dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  read(path: string): string {
    return readFileSync(join(this.dir, path), "utf8");
  }

  has(path: string): boolean {
    return existsSync(join(this.dir, path));
  }

  get env(): Record<string, string> {
    return {
      QUALTRICS_API_KEY: this.server.token,
      QUALTRICS_BASE_URL: this.server.url,
      QUALTRICS_LIBRARY_ID: this.server.library,
    };
  }

  /** Starts qgfx here. */
  start(...args: string[]) {
    return start(process.execPath, [BIN, ...args], { cwd: this.dir, env: this.env });
  }

  qgfx(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  apply(...args: string[]): Promise<Ended> {
    return this.qgfx("apply", MANIFEST, "--yes", ...args);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
