import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { png } from "../../support/pictures.ts";
import { runCli } from "../../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const ROWS = ["a.png,A,F", "b.png,B,F", "c.png,C,F"];
const SHEET = `path,name,folder\n${ROWS.join("\n")}\n`;
const SHARED = ["m.csv", "m.results.csv", "a.png", "b.png", "c.png"];

/** One of several people: a folder of their own, and what they share of it. */
class Person {
  readonly dir = mkdtempSync(join(tmpdir(), "qgfx-person-"));
  readonly #place: Workplace;

  constructor(place: Workplace) {
    this.#place = place;
    onTestFinished(() => rmSync(this.dir, { recursive: true, force: true }));
  }

  read = (name: string) => readFileSync(join(this.dir, name), "utf8");
  write = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(this.dir, name), content);
  qgfx = (...args: string[]) => runCli(this.dir, args, this.#place.env);

  /** Takes over what another has pushed. */
  pull(from: Person, names = SHARED): void {
    for (const name of names) cpSync(join(from.dir, name), join(this.dir, name), { force: true });
  }

  async plan() {
    const { stdout } = await this.qgfx("plan", "m.csv", "--json");
    return JSON.parse(stdout);
  }

  async apply(): Promise<void> {
    expect(await this.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  }
}

let place: Workplace;
let ada: Person;
let bob: Person;

beforeEach(async () => {
  place = await openWorkplace();
  ada = new Person(place);
  bob = new Person(place);
  for (const [index, name] of ["a.png", "b.png", "c.png"].entries()) ada.write(name, png(index));
  ada.write("m.csv", SHEET);
  await ada.apply();
  bob.pull(ada);
});

/** Each line from whoever changed it, as git merges two files. */
function mergeLines(base: string, ours: string, theirs: string): string {
  const [was, mine, other] = [base, ours, theirs].map((text) => text.split("\n"));
  return (was ?? [])
    .map((line, index) => (mine?.[index] === line ? other?.[index] : mine?.[index]))
    .join("\n");
}

describe("two people who share manifest and results", () => {
  it("go on from each other: the second changes a picture, the first has nothing to do", async () => {
    bob.write("b.png", png(7));
    await bob.apply();
    ada.pull(bob);
    expect((await ada.plan()).summary).toMatchObject({
      unchanged: 3,
      replace: 0,
      create: 0,
      orphan: 0,
    });
    await ada.apply();
    expect(await place.held()).toHaveLength(4);
    expect(ada.read("m.results.csv")).toBe(bob.read("m.results.csv"));
  });

  it("both change different rows: after a merge of the results each has all ids", async () => {
    const base = ada.read("m.results.csv");
    ada.write("a.png", png(8));
    await ada.apply();
    bob.write("b.png", png(7));
    await bob.apply();
    const merged = mergeLines(base, ada.read("m.results.csv"), bob.read("m.results.csv"));
    for (const person of [ada, bob]) {
      person.write("a.png", png(8));
      person.write("b.png", png(7));
      person.write("m.results.csv", merged);
      expect((await person.plan()).summary).toMatchObject({ unchanged: 3, replace: 0, create: 0 });
      await person.apply();
      expect(person.read("m.results.csv")).toBe(merged);
    }
    expect(await place.held()).toHaveLength(5);
  });

  it("both change the same row: the later counts, the earlier is replaced, and both can be pruned", async () => {
    ada.write("a.png", png(8));
    await ada.apply();
    bob.write("a.png", png(9));
    await bob.apply();
    ada.pull(bob);
    const plan = await ada.plan();
    expect(plan.summary).toMatchObject({ unchanged: 3, replace: 0, create: 0 });
    const [later] = bob
      .read("m.results.csv")
      .split("\n")
      .filter((line) => line.startsWith("a.png"));
    expect(later).toContain(plan.actions[0].graphicId);
    await ada.apply();
    const explained = await ada.qgfx("explain", "m.csv", "2", "--json");
    const { versions } = JSON.parse(explained.stdout);
    expect(versions.map(({ state }: { state: string }) => state).sort()).toEqual([
      "current",
      "replaced",
      "replaced",
    ]);
    expect(await ada.qgfx("prune", "m.csv", "--yes", "--replaced")).toMatchObject({ code: 0 });
    expect((await place.held()).filter(({ name }) => name === "A")).toHaveLength(1);
  });

  it("an older copy of the results takes nothing back", async () => {
    const old = ada.read("m.results.csv");
    ada.write("a.png", png(8));
    await ada.apply();
    const written = ada.read("m.results.csv");
    ada.write("m.results.csv", old);
    expect((await ada.plan()).summary).toMatchObject({ unchanged: 3 });
    await ada.apply();
    expect(ada.read("m.results.csv")).toBe(written);
    expect(await place.held()).toHaveLength(4);
  });
});

describe("a run that changes nothing", () => {
  it("leaves results and ledger byte for byte as they were", async () => {
    const stamps = () =>
      ["m.results.csv", ".qgfx/ledger.db"].map((name) => {
        const file = join(ada.dir, name);
        return [readFileSync(file, "latin1"), statSync(file).mtimeMs];
      });
    const before = stamps();
    await ada.apply();
    await ada.plan();
    expect(await ada.qgfx("results", "m.csv")).toMatchObject({ code: 0 });
    expect(stamps()).toEqual(before);
  });

  it("changes one line where a row is added", async () => {
    const before = ada.read("m.results.csv").trimEnd().split("\n");
    ada.write("d.png", png(5));
    ada.write("m.csv", `${SHEET}d.png,D,F\n`);
    await ada.apply();
    const after = ada.read("m.results.csv").trimEnd().split("\n");
    expect(after.slice(0, 4)).toEqual(before);
    expect(after).toHaveLength(5);
  });
});

describe("the sandbox and the service", () => {
  it("never touch each other's files, before, between and after", async () => {
    const dir = join(ada.dir, "study");
    mkdirSync(dir);
    for (const name of ["m.csv", "a.png", "b.png", "c.png"])
      cpSync(join(ada.dir, name), join(dir, name));
    const read = (name: string) => readFileSync(join(dir, name), "utf8");
    const apply = async (...args: string[]) => {
      const run = await runCli(dir, ["apply", "m.csv", "--yes", ...args], place.env);
      expect(run).toMatchObject({ code: 0 });
    };
    await apply("--sandbox");
    const rehearsed = read("m.sandbox.results.csv");
    await apply();
    const real = read("m.results.csv");
    expect(real).not.toContain("UR_Sandbox000001,sandbox");
    await apply("--sandbox");
    expect([read("m.results.csv"), read("m.sandbox.results.csv")]).toEqual([real, rehearsed]);
    await apply();
    expect([read("m.results.csv"), read("m.sandbox.results.csv")]).toEqual([real, rehearsed]);
    expect(await place.held()).toHaveLength(6);
  });
});
