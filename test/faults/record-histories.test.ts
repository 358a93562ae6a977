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
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { png } from "../support/pictures.ts";
import { BIN, start } from "../support/program.ts";
import { runCli } from "../support/run-cli.ts";
import { seededRandom } from "../support/seeded-random.ts";
import type { StoredGraphic } from "../support/workplace.ts";
import { eachOf, SEED, tell, times } from "./support/programme.ts";

const HISTORIES = times(5_000, 5);
const STEPS = 10;
const AT_ONCE = 12;
const TIMEOUT_MS = 3 * 3_600_000;

/** A row of the sheet, and which picture it has. */
interface Row {
  file: string;
  name: string;
  folder: string;
}

const addressOf = ({ folder, name }: Pick<Row, "folder" | "name">) => `${folder}/${name}`;

/**
 * One history: a sheet on one of two machines, what people do to it and its record, and what the service must never
 * see. The service's own list is the judge; the ledger and the results are searched as bytes.
 */
class History {
  readonly #random: () => number;
  readonly #root = mkdtempSync(join(tmpdir(), "qgfx-history-"));
  readonly #sandbox: Sandbox;
  readonly done: string[] = [];
  #machine = 0;
  #rows: Row[] = [];
  #count = 0;
  /** The bytes that the service has of an address for sure, or may have (`isHeld`), by address. */
  readonly #known = new Map<string, { sha256: string; isHeld: boolean; id: string }>();
  #seen = new Set<string>();

  constructor(random: () => number, sandbox: Sandbox) {
    this.#random = random;
    this.#sandbox = sandbox;
    for (const machine of ["0", "1"]) mkdirSync(join(this.#root, machine));
    for (let index = 0; index < 4; index += 1) this.#addRow();
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  get #dir(): string {
    return join(this.#root, String(this.#machine));
  }

  #chance(of: number): boolean {
    return this.#random() < of;
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  #write(name: string, content: string | Uint8Array): void {
    writeFileSync(join(this.#dir, name), content);
  }

  #addRow(): void {
    this.#count += 1;
    const row = { file: `${this.#count}.png`, name: `N${this.#count}`, folder: "F" };
    this.#rows.push(row);
    this.#write(row.file, this.#picture());
  }

  #picture(): Uint8Array {
    return png(Math.floor(this.#random() * 1e9));
  }

  #save(): void {
    const lines = this.#rows.map(({ file, name, folder }) => `${file},${name},${folder}\n`);
    this.#write("m.csv", `path,name,folder\n${lines.join("")}`);
  }

  async held(): Promise<StoredGraphic[]> {
    const response = await fetch(`${this.#sandbox.url}/sandbox/graphics`);
    const body = (await response.json()) as StoredGraphic[] | { graphics: StoredGraphic[] };
    return Array.isArray(body) ? body : body.graphics;
  }

  get #env(): Record<string, string> {
    const { token, url, library } = this.#sandbox;
    return { QUALTRICS_API_KEY: token, QUALTRICS_BASE_URL: url, QUALTRICS_LIBRARY_ID: library };
  }

  async #qgfx(...args: string[]): Promise<number> {
    const { code, stderr } = await runCli(this.#dir, args, this.#env);
    if (code === 1 || code === 2) throw new Error(`${args.join(" ")}: exit ${code}\n${stderr}`);
    return code;
  }

  /** Starts an apply as a process of its own and kills it somewhere. */
  async #killedApply(): Promise<void> {
    const args = [BIN, "apply", "m.csv", "--yes", "--concurrency", "2"];
    const { child, ended } = start(process.execPath, args, { cwd: this.#dir, env: this.#env });
    const timer = setTimeout(() => child.kill("SIGKILL"), 150 + this.#random() * 400);
    await ended;
    clearTimeout(timer);
  }

  /** What people do to the sheet. */
  readonly #edits: Record<string, () => void> = {
    edit: () => this.#write(this.#pick(this.#rows).file, this.#picture()),
    rename: () => {
      const row = this.#pick(this.#rows);
      row.name = `${row.name}x`;
    },
    move: () => {
      const row = this.#pick(this.#rows);
      row.folder = row.folder === "F" ? "G" : "F";
    },
    sort: () => void this.#rows.reverse(),
    add: () => this.#addRow(),
    remove: () => void (this.#rows.length > 2 && this.#rows.pop()),
    nothing: () => {},
  };

  /** What becomes of the record between two commands; the other half must be enough. */
  readonly #losses: Record<string, () => void> = {
    "lose the ledger": () => rmSync(join(this.#dir, ".qgfx"), { recursive: true, force: true }),
    "lose the results": () => {
      if (existsSync(join(this.#dir, ".qgfx/ledger.db")))
        rmSync(join(this.#dir, "m.results.csv"), { force: true });
    },
    "restore an older ledger": () => this.#restore(".qgfx/ledger.db"),
    "restore older results": () => this.#restore("m.results.csv"),
    "swap machines": () => {
      const from = this.#dir;
      this.#machine = 1 - this.#machine;
      rmSync(join(this.#dir, "m.retry.csv"), { force: true });
      for (const name of ["m.csv", "m.results.csv", ...this.#rows.map(({ file }) => file)]) {
        if (existsSync(join(from, name))) cpSync(join(from, name), join(this.#dir, name));
      }
    },
    nothing: () => {},
  };

  #restore(name: string): void {
    const kept = join(this.#dir, `kept-${name.replace("/", "-")}`);
    const file = join(this.#dir, name);
    if (existsSync(kept) && existsSync(file)) cpSync(kept, file);
  }

  #keepCopies(): void {
    for (const name of [".qgfx/ledger.db", "m.results.csv"]) {
      const file = join(this.#dir, name);
      if (existsSync(file)) cpSync(file, join(this.#dir, `kept-${name.replace("/", "-")}`));
    }
  }

  async step(): Promise<void> {
    const loss = this.#pick(Object.keys(this.#losses));
    const edit = this.#pick(Object.keys(this.#edits));
    this.done.push(loss, edit);
    this.#losses[loss]?.();
    this.#edits[edit]?.();
    this.#save();
    if (this.#chance(0.15)) await this.#settle();
    if (this.#chance(0.1)) {
      const before = this.#textOf("m.results.csv");
      this.done.push("sandbox");
      await this.#qgfx("apply", "m.csv", "--yes", "--sandbox");
      expect(this.#textOf("m.results.csv")).toBe(before);
    }
    if (this.#chance(0.15)) {
      this.done.push("killed apply");
      await this.#killedApply();
      await this.#check();
    }
    const retry = existsSync(join(this.#dir, "m.retry.csv")) && this.#chance(0.5);
    this.done.push(retry ? "apply the retry sheet" : "apply");
    if (retry) await this.#qgfx("apply", "m.retry.csv", "--yes");
    await this.#qgfx("apply", "m.csv", "--yes");
    await this.#check();
    this.#checkRecord();
    if (this.#chance(0.3)) this.#keepCopies();
  }

  /** Settles every upload without an answer as the library shows it. */
  async #settle(): Promise<void> {
    const held = [...this.#known].filter(([, { isHeld }]) => isHeld);
    const rows = new Map(this.#rows.map((row, index) => [addressOf(row), index + 2]));
    for (const [address, graphic] of held) {
      const line = rows.get(address);
      // Beside another graphic of the same picture nothing would be sent again, and the ledger alone knows of it.
      const hasPicture = this.#textOf("m.results.csv")
        .split("\n")
        .some((row) => row.includes(",uploaded,") && row.includes(graphic.sha256));
      if (line === undefined || hasPicture) continue;
      this.done.push(`resolve ${address}`);
      const code = await this.#qgfx("resolve", "m.csv", "--landed", `${line}=${graphic.id}`);
      if (code === 0 || code === 5) graphic.isHeld = false;
    }
  }

  #textOf(name: string): string {
    const file = join(this.#dir, name);
    return existsSync(file) ? readFileSync(file, "latin1") : "";
  }

  /** No address has a second upload of what it has already, and none while an earlier one is not settled. */
  async #check(): Promise<void> {
    const results = this.#textOf("m.results.csv");
    for (const { id, name, folder, sha256 } of await this.held()) {
      if (this.#seen.has(id)) continue;
      this.#seen.add(id);
      const address = `${folder}/${name}`;
      const known = this.#known.get(address);
      expect(known?.isHeld ?? false, `${address} was sent again while it is not settled`).toBe(
        false,
      );
      expect(known?.sha256, `${address} was uploaded twice`).not.toBe(sha256);
      const isTold =
        results.includes(id) ||
        this.#textOf(".qgfx/ledger.db").includes(id) ||
        this.#textOf(".qgfx/ledger.db-wal").includes(id);
      this.#known.set(address, { sha256, isHeld: !isTold, id });
    }
    const wanted = new Set(this.#rows.map(addressOf));
    // A row that went elsewhere may come back: then it is a new upload.
    for (const address of this.#known.keys()) if (!wanted.has(address)) this.#known.delete(address);
  }

  /** The id of every row that has one is in the ledger or the results. */
  #checkRecord(): void {
    const results = this.#textOf("m.results.csv");
    for (const row of this.#rows) {
      const known = this.#known.get(addressOf(row));
      if (!known || known.isHeld) continue;
      expect(results, `${addressOf(row)} has lost ${known.id}`).toContain(known.id);
    }
  }
}

/** What was done in the history that a seed gives, and how it went wrong, if it did. */
async function live(seed: number): Promise<{ done: string[]; wrong: string[] }> {
  const random = seededRandom(seed);
  const lost = { kind: "reset", at: "after-store" } as const;
  const refused = { kind: "answer", status: 400, code: "E_1", message: "no" } as const;
  const faults = [lost, refused, lost].map((play) => {
    return { upload: 1 + Math.floor(random() * 25), play };
  });
  const sandbox = await startSandbox({ script: { version: 1, latencyMs: 5, faults } });
  const history = new History(random, sandbox);
  try {
    for (let step = 0; step < STEPS; step += 1) await history.step();
    return { done: history.done, wrong: [] };
  } catch (error) {
    return { done: [], wrong: [`seed ${seed}: ${history.done.join(", ")}: ${error}`] };
  } finally {
    history.remove();
    await sandbox.close();
  }
}

test(`${HISTORIES} histories of a sheet and its record lose no id and upload nothing twice`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const counts: Record<string, number> = {};
  const seeds = Array.from({ length: HISTORIES }, (_, index) => SEED + index);
  // Half of the time a history waits for a process.
  const lives = await eachOf(seeds, AT_ONCE, live);
  for (const what of lives.flatMap(({ done }) => done)) {
    const key = what.startsWith("resolve") ? "resolve" : what;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  tell("histories of the record", { count: HISTORIES, seed: SEED, ...counts });
  expect(lives.flatMap(({ wrong }) => wrong)).toEqual([]);
});
