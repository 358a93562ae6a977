import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { shardIndexOf } from "../../src/plan/shard.ts";
import { mergeDocumentSchema } from "../../src/report/ledger-documents.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"];

function sheet(names: readonly string[]): string {
  return ["path,name,folder", ...names.map((name) => `${name}.png,${name},F`), ""].join("\n");
}

/** Pictures and a manifest of them; nothing uploaded. */
async function openSheet(options: Parameters<typeof openWorkplace>[0] = {}): Promise<Workplace> {
  const place = await openWorkplace(options);
  for (const [index, name] of NAMES.entries()) place.write(`${name}.png`, png(index));
  place.write("m.csv", sheet(NAMES));
  return place;
}

const shardOf = (name: string, count: number) => shardIndexOf({ folder: "F", name }, count);
const namesOf = (index: number, count: number) =>
  NAMES.filter((name) => shardOf(name, count) === index);

async function applyShards(place: Workplace, count: number): Promise<void> {
  for (let index = 1; index <= count; index += 1) {
    const run = await place.qgfx("apply", "m.csv", "--yes", "--shard", `${index}/${count}`);
    expect(run).toMatchObject({ code: 0 });
  }
}

async function planned(place: Workplace, ...args: string[]) {
  const { stdout } = await place.qgfx("plan", "m.csv", "--json", ...args);
  return JSON.parse(stdout);
}

async function merged(place: Workplace, ...args: string[]) {
  const { code, stdout } = await place.qgfx("merge", "m.csv", "--json", ...args);
  return { code, document: mergeDocumentSchema.parse(JSON.parse(stdout)) };
}

const lines = (csv: string) => csv.trim().split("\n").slice(1);

describe("a shard", () => {
  it("uploads its own rows alone, with a ledger and results of its own", async () => {
    const place = await openSheet();
    const own = namesOf(2, 3);
    const { code, stdout, stderr } = await place.qgfx(
      ...["apply", "m.csv", "--yes", "--shard", "2/3"],
    );
    expect(code).toBe(0);
    expect(stderr).toContain(`shard 2/3: ${own.length} of 8 rows`);
    expect(stdout).toContain(`${own.length} uploaded, 0 unchanged`);
    expect(stdout).toContain("results in m.shard-2-of-3.results.csv");
    expect((await place.held()).map(({ name }) => name).sort()).toEqual(own);
    expect(readdirSync(join(place.dir, ".qgfx"))).toContain("ledger.shard-2-of-3.db");
    expect(existsSync(join(place.dir, ".qgfx/ledger.db"))).toBe(false);
    expect(existsSync(join(place.dir, "m.results.csv"))).toBe(false);
    expect(existsSync(join(place.dir, "m.retry.csv"))).toBe(false);
  });

  it("writes a line for every row of the manifest; those of others say whose they are", async () => {
    const place = await openSheet();
    await place.qgfx("apply", "m.csv", "--yes", "--shard", "1/3");
    const results = lines(place.read("m.shard-1-of-3.results.csv"));
    expect(results).toHaveLength(NAMES.length);
    for (const [index, name] of NAMES.entries()) {
      const shard = shardOf(name, 3);
      const rest = shard === 1 ? "uploaded,IM_" : `not-run,,,,,,a row of shard ${shard}/3`;
      expect(results[index]).toContain(`${name}.png,${name},F,${rest}`);
    }
    const first = place.read("m.shard-1-of-3.results.csv");
    rmSync(join(place.dir, "m.shard-1-of-3.results.csv"));
    await place.qgfx("results", "m.csv", "--shard", "1/3");
    expect(place.read("m.shard-1-of-3.results.csv")).toBe(first);
  });

  it("needs the pictures of its own rows alone, and checks the whole manifest", async () => {
    const place = await openSheet();
    for (const name of namesOf(1, 2)) rmSync(join(place.dir, `${name}.png`));
    expect(await place.qgfx("apply", "m.csv", "--yes", "--shard", "2/2")).toMatchObject({
      code: 0,
    });
    place.write("m.csv", sheet([...NAMES, namesOf(1, 2)[0] ?? ""]));
    const { code, stderr } = await place.qgfx("plan", "m.csv", "--shard", "2/2");
    expect(code).toBe(2);
    expect(stderr).toContain("ADDRESS_DUPLICATE");
  });

  it("shows no orphans and takes no other shard's row for a former picture", async () => {
    const place = await openSheet();
    await place.qgfx("apply", "m.csv", "--yes");
    const [gone = "", ...rest] = NAMES;
    place.write("m.csv", sheet(rest));
    for (const shard of ["1/2", "2/2"]) {
      const { summary } = await planned(place, "--shard", shard);
      expect(summary).toMatchObject({ orphan: 0, create: 0, replace: 0 });
    }
    expect((await planned(place)).actions.at(-1)).toMatchObject({ action: "orphan", name: gone });
  });

  it("knows what was uploaded without shards, and what was since", async () => {
    const place = await openSheet();
    await place.qgfx("apply", "m.csv", "--yes");
    await applyShards(place, 2);
    const changed = namesOf(1, 2)[0] ?? "";
    place.write(`${changed}.png`, png(100));
    await place.qgfx("merge", "m.csv");
    await place.qgfx("apply", "m.csv", "--yes");
    expect((await planned(place, "--shard", "1/2")).summary).toMatchObject({ replace: 0 });
    await applyShards(place, 2);
    expect(await place.held()).toHaveLength(NAMES.length + 1);
  });

  it("recognizes a renamed picture", async () => {
    const place = await openSheet();
    await place.qgfx("apply", "m.csv", "--yes");
    place.write("m.csv", sheet(NAMES).replace(",a,F", ",renamed,F"));
    const shard = `${shardOf("renamed", 3)}/3`;
    const { actions } = await planned(place, "--shard", shard);
    expect(actions).toContainEqual(expect.objectContaining({ name: "renamed", reason: "renamed" }));
    await applyShards(place, 3);
    expect(await merged(place)).toMatchObject({ code: 0, document: { conflicts: [] } });
    expect((await planned(place)).summary).toMatchObject({ unchanged: 8, orphan: 0 });
  });

  it.each(["0/4", "5/4", "4", "a/b", "1/1001"])("refuses --shard %s", async (text) => {
    const place = await openSheet();
    const { code, stderr } = await place.qgfx("plan", "m.csv", "--shard", text);
    expect(code).toBe(2);
    expect(stderr).toContain("expected K/N");
  });

  it("is kept by a saved plan", async () => {
    const place = await openSheet();
    const { code } = await place.qgfx("plan", "m.csv", "--shard", "1/2", "--out", "p.json");
    expect(code).toBe(0);
    expect(await place.qgfx("apply", "p.json", "--yes", "--shard", "2/2")).toMatchObject({
      code: 2,
    });
    expect(await place.qgfx("apply", "p.json", "--yes")).toMatchObject({ code: 0 });
    expect((await place.held()).map(({ name }) => name).sort()).toEqual(namesOf(1, 2));
    expect(lines(place.read("m.shard-1-of-2.results.csv"))).toHaveLength(8);
  });
});

describe("merge", () => {
  it("says what it merged where the results cannot be written, and exits 3", async () => {
    const place = await openSheet();
    await applyShards(place, 2);
    mkdirSync(join(place.dir, "m.results.csv"));
    const { code, stdout, stderr } = await place.qgfx("merge", "m.csv");
    expect(code, stderr).toBe(3);
    expect(stdout).toContain("8 graphics new");
    expect(stdout).toContain("; no results written");
    expect(stderr).toMatch(/^error WRITE_NOT_A_FILE: .*m\.results\.csv/m);
    const again = await merged(place);
    expect(again).toMatchObject({
      code: 3,
      document: { merged: true, results: null, summary: { uploaded: 8 } },
    });
  });

  it("makes one ledger and one results CSV: nothing is left to do", async () => {
    const place = await openSheet();
    await applyShards(place, 3);
    const { code, document } = await merged(place);
    expect(code).toBe(0);
    expect(document).toMatchObject({
      merged: true,
      ledger: ".qgfx/ledger.db",
      added: { runs: 3, rows: 8, attempts: 8, graphics: 8 },
      conflicts: [],
      summary: { uploaded: 8, notRun: 0 },
      results: "m.results.csv",
    });
    const results = lines(place.read("m.results.csv"));
    const held = new Map((await place.held()).map(({ name, id }) => [name, id]));
    for (const [index, name] of NAMES.entries()) {
      expect(results[index]).toContain(`${name},F,uploaded,${held.get(name)},`);
    }
    expect((await planned(place)).summary).toMatchObject({ unchanged: 8, create: 0, orphan: 0 });
    const before = place.read("m.results.csv");
    const again = await merged(place);
    expect(again.document.added).toEqual({
      ...{ runs: 0, rows: 0, attempts: 0, graphics: 0, deletions: 0 },
    });
    expect(place.read("m.results.csv")).toBe(before);
  });

  it("takes ledgers from wherever they are", async () => {
    const place = await openSheet();
    await applyShards(place, 2);
    place.write("artifacts/1/keep", "");
    place.write("artifacts/2/keep", "");
    const files = [1, 2].map((index) => `artifacts/${index}/ledger.shard-${index}-of-2.db`);
    for (const [index, file] of files.entries()) {
      const name = `.qgfx/ledger.shard-${index + 1}-of-2.db`;
      renameSync(join(place.dir, name), join(place.dir, file));
    }
    const { code, document } = await merged(place, "--ledgers", ...files);
    expect({ code, ledgers: document.ledgers }).toEqual({ code: 0, ledgers: files });
    expect((await planned(place)).summary).toMatchObject({ unchanged: 8 });
  });

  it("keeps failures and unknowns of each shard, and gives their exit code", async () => {
    const [failed = "", lost = ""] = [namesOf(1, 2)[0], namesOf(2, 2)[0]];
    const refused = { kind: "answer", status: 400 } as const;
    const unanswered = { kind: "reset", at: "after-store" } as const;
    const faults = [
      { name: failed, times: 1, play: refused },
      { name: lost, times: 1, play: unanswered },
    ];
    const place = await openSheet({ script: { version: 1, faults } });
    await place.qgfx("apply", "m.csv", "--yes", "--shard", "1/2");
    await place.qgfx("apply", "m.csv", "--yes", "--shard", "2/2");
    const { code, document } = await merged(place);
    expect(code).toBe(5);
    expect(document.summary).toEqual({
      ...{ uploaded: 6, unchanged: 0, failed: 1, unknown: 1, notRun: 0 },
    });
    expect(place.read("m.results.csv")).toMatch(new RegExp(`,${failed},F,failed,`));
    expect(place.read("m.results.csv")).toMatch(new RegExp(`,${lost},F,unknown,`));
    expect(lines(place.read("m.retry.csv"))).toHaveLength(1);
    expect((await planned(place)).summary).toMatchObject({ create: 1, unknown: 1, unchanged: 6 });
  });

  it("refuses two current graphics at one address, says where, and --latest settles it", async () => {
    const place = await openSheet();
    for (const ledger of ["one.db", "two.db"]) {
      const run = await place.qgfx("apply", "m.csv", "--yes", "--ledger", ledger);
      expect(run).toMatchObject({ code: 0 });
      // Or the other ledger would take the ids over.
      rmSync(join(place.dir, "m.results.csv"));
    }
    const ledgers = ["--ledgers", "one.db", "two.db"];
    const { code, stderr, stdout } = await place.qgfx("merge", "m.csv", ...ledgers);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("two current graphics at line 2, F/a:");
    expect(stderr).toMatch(/IM_\w+, uploaded \S+, in one\.db\n\s+IM_\w+, uploaded \S+, in two\.db/);
    expect(stderr).toContain("LEDGER_CONFLICT");
    const refused = await merged(place, ...ledgers);
    expect(refused.document).toMatchObject({ merged: false, results: null, summary: null });
    expect(refused.document.conflicts).toHaveLength(8);
    expect((await planned(place)).summary).toMatchObject({ create: 8 });
    const settled = await merged(place, ...ledgers, "--latest");
    expect(settled).toMatchObject({ code: 0, document: { merged: true } });
    expect((await planned(place)).summary).toMatchObject({ unchanged: 8 });
    const explained = await place.qgfx("explain", "m.csv", "2", "--json");
    for (const { id } of (await place.held()).filter(({ name }) => name === "a")) {
      expect(explained.stdout).toContain(id);
    }
  });

  it.each([
    ["without shards", []],
    ["with another split", ["--shard", "1/3"]],
  ])("is asked for before an upload %s: nothing is sent twice", async (_, args) => {
    const place = await openSheet();
    await applyShards(place, 2);
    for (const command of [
      ["apply", "m.csv", "--yes"],
      ["plan", "m.csv"],
    ]) {
      const { code, stderr } = await place.qgfx(...command, ...args);
      expect(code).toBe(2);
      expect(stderr).toContain("SHARDS_NOT_MERGED");
      expect(stderr).toContain("run `qgfx merge m.csv` first");
    }
    await place.qgfx("merge", "m.csv");
    expect(await place.qgfx("apply", "m.csv", "--yes", ...args)).toMatchObject({ code: 0 });
    expect(await place.held()).toHaveLength(8);
  });

  it.each([
    ["explain", "2", "SHARDS_NOT_MERGED"],
    ["history", "NOTHING_RECORDED"],
    ["prune", "NOTHING_RECORDED"],
    ["results", "NOTHING_RECORDED"],
    ["resolve", "NOTHING_RECORDED"],
    ["undo", "NOTHING_RECORDED"],
    ["verify", "NOTHING_RECORDED"],
  ])("is named by %s where the shards' ledgers alone are there", async (command, ...rest) => {
    const place = await openSheet();
    await applyShards(place, 2);
    const { code, stdout, stderr } = await place.qgfx(command, "m.csv", ...rest.slice(0, -1));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(rest.at(-1));
    expect(stderr).toContain("run `qgfx merge m.csv` first");
  });

  it("is named where the manifest's ledger knows of another manifest alone", async () => {
    const place = await openSheet();
    place.write("other.csv", sheet(["a"]).replace(",F", ",G"));
    await place.qgfx("apply", "other.csv", "--yes");
    await applyShards(place, 2);
    for (const command of ["history", "results"]) {
      const { code, stderr } = await place.qgfx(command, "m.csv");
      expect(code).toBe(2);
      expect(stderr).toContain("NOTHING_RECORDED");
      expect(stderr).toContain("run `qgfx merge m.csv` first");
    }
  });

  it("adopts the ids of a shard whose results CSV alone is left", async () => {
    const place = await openSheet();
    await applyShards(place, 2);
    rmSync(join(place.dir, ".qgfx/ledger.shard-2-of-2.db"));
    const results = "m.shard-2-of-2.results.csv";
    const { stdout } = await place.qgfx("apply", results, "--yes", "--shard", "2/2");
    expect(stdout).toContain("0 uploaded");
    expect((await merged(place)).code).toBe(0);
    expect((await planned(place)).summary).toMatchObject({ unchanged: 8, create: 0 });
    expect(await place.held()).toHaveLength(8);
  });

  it.each([
    ["m.csv", [], "part 2 of 3 is missing: ledger.shard-2-of-3.db is not among the ledgers"],
    ["with names that tell nothing", ["a.db", "b.db"], "part 2 of 3 is missing"],
    ["of many parts", ["b.db"], "parts 1, 2 of 3 are missing: ledger.shard-1-of-3.db"],
  ])("names a part that is missing, and changes nothing: %s", async (_, names, said) => {
    const place = await openSheet();
    await applyShards(place, 3);
    const at = (name: string) => join(place.dir, name);
    renameSync(at(".qgfx/ledger.shard-2-of-3.db"), at("two.db"));
    copyFileSync(at(".qgfx/ledger.shard-1-of-3.db"), at("a.db"));
    copyFileSync(at(".qgfx/ledger.shard-3-of-3.db"), at("b.db"));
    const args = names.length > 0 ? ["--ledgers", ...names] : [];
    const refused = await place.qgfx("merge", "m.csv", ...args);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("SHARDS_MISSING");
    expect(refused.stderr).toContain(said);
    expect(existsSync(at(".qgfx/ledger.db"))).toBe(false);
    expect(existsSync(at("m.results.csv"))).toBe(false);
    const allowed = await merged(place, "--allow-missing", ...args);
    expect(allowed).toMatchObject({ code: 3, document: { merged: true } });
    const all = ["--ledgers", "a.db", "b.db", "two.db"];
    expect(await merged(place, ...all)).toMatchObject({ code: 0, document: { merged: true } });
    expect((await planned(place)).summary).toMatchObject({ unchanged: 8, create: 0 });
  });

  it("says what is missing", async () => {
    const place = await openSheet();
    expect(await place.qgfx("merge", "m.csv")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is no ledger of a shard beside .qgfx/ledger.db"),
    });
    expect(await place.qgfx("merge", "m.csv", "--ledgers", "none.db")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is no ledger none.db"),
    });
    expect(existsSync(join(place.dir, ".qgfx"))).toBe(false);
  });

  it("shows examples", async () => {
    const place = await openSheet();
    const { code, stdout } = await place.qgfx("merge", "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("$ qgfx merge summer.csv --ledgers shards/*/*.db");
  });
});
