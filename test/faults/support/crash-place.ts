import type { SpawnOptions } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { png } from "../../support/pictures.ts";
import { BIN, type Ended, start } from "../../support/program.ts";
import type { Held, Server } from "./crash-server.ts";

export const MANIFEST = "m.csv";
export const LEDGER = ".qgfx/ledger.db";
export const RESULTS = "m.results.csv";

/** A folder with a manifest whose rows all go to one folder of the library, and qgfx run in it. */
export class Place {
  readonly dir: string;
  readonly server: Server;
  /** The library's folder, no other place's. */
  readonly folder: string;
  /** Its ledger is gone: until a run has read the results back, an id there is kept as well as one in a ledger. */
  isReadBack = false;
  /** The image of each seed. */
  readonly #imageOf: (seed: number) => Buffer;
  /** Of every image this place ever had. */
  readonly #hashes = new Set<string>();

  constructor(
    server: Server,
    folder: string,
    dir = mkdtempSync(join(tmpdir(), "qgfx-fault-")),
    imageOf: (seed: number) => Buffer = png,
  ) {
    this.server = server;
    this.folder = folder;
    this.dir = dir;
    this.#imageOf = imageOf;
  }

  /** Row `index` is `p<index>.png`; its bytes differ for each seed. */
  writeRows(seeds: readonly number[]): void {
    const rows = seeds.map((seed, index) => {
      const image = this.#imageOf(seed);
      this.#hashes.add(createHash("sha256").update(image).digest("hex"));
      this.write(`p${index}.png`, image);
      return `p${index}.png,${this.folder}`;
    });
    this.write(MANIFEST, ["path,folder", ...rows, ""].join("\n"));
  }

  /** A copy of this place, ledger and all. Give its pictures bytes of their own: the library is the same. */
  copy(dir = mkdtempSync(join(tmpdir(), "qgfx-fault-"))): Place {
    cpSync(this.dir, dir, { recursive: true });
    const copy = new Place(this.server, this.folder, dir, this.#imageOf);
    for (const hash of this.#hashes) copy.#hashes.add(hash);
    copy.isReadBack = this.isReadBack;
    return copy;
  }

  /** What the server holds of this place: its word, never the client's. */
  async held(): Promise<Held[]> {
    const all = await this.server.held();
    return all.filter(({ folder, sha256 }) => folder === this.folder && this.#hashes.has(sha256));
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
    return this.run(process.execPath, [BIN, ...args]);
  }

  /** Starts any program here, with the environment that points qgfx at the server. */
  run(command: string, args: readonly string[], options: SpawnOptions = {}) {
    return start(command, args, {
      ...options,
      cwd: this.dir,
      env: { ...this.env, ...options.env },
    });
  }

  qgfx(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  apply(...args: string[]): Promise<Ended> {
    return this.qgfx("apply", MANIFEST, "--yes", ...args);
  }

  /** As when the sheet and its results are mailed, and the hidden folder stays behind. */
  loseLedger(): void {
    rmSync(join(this.dir, dirname(LEDGER)), { recursive: true });
    this.isReadBack = true;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
