import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FaultScript } from "../../../src/sandbox/fault-script.ts";
import { png } from "../../support/pictures.ts";
import { runCli } from "../../support/run-cli.ts";
import { workbook } from "../../support/workbook.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const LEDGER = ".qgfx/ledger.db";
const ROWS = [
  ["a.png", "A", "F"],
  ["b.png", "B", "F"],
  ["c.png", "C", "G"],
];

function csv(rows = ROWS): string {
  return `${[["path", "name", "folder"], ...rows].map((row) => row.join(",")).join("\n")}\n`;
}

async function openPictures(script?: FaultScript): Promise<Workplace> {
  const place = await openWorkplace(script ? { script } : {});
  for (const [index, [path = ""]] of ROWS.entries()) place.write(path, png(index));
  return place;
}

function loseLedger(place: Workplace): void {
  rmSync(join(place.dir, ".qgfx"), { recursive: true });
}

async function planned(place: Workplace, ...args: string[]) {
  const { code, stdout, stderr } = await place.qgfx("plan", ...args, "--json");
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return { ...JSON.parse(stdout), stderr };
}

const YAML = `version: 1
defaults: {folder: F}
graphics:
${ROWS.map(([path, name, folder]) => `  - {path: ${path}, name: ${name}, folder: ${folder}}\n`).join("")}`;

describe("without its ledger, a sheet goes on from its results", () => {
  it.each([
    ["m.csv", "m.results.csv", csv()],
    ["m.tsv", "m.results.csv", csv().replaceAll(",", "\t")],
    ["m.yaml", "m.results.csv", YAML],
    ["m.xlsx", "m.results.xlsx", undefined],
  ])("%s", async (manifest, results, text) => {
    const place = await openPictures();
    place.write(
      manifest,
      text ?? workbook([{ name: "Pictures", rows: [["path", "name", "folder"], ...ROWS] }]),
    );
    expect(await place.qgfx("apply", manifest, "--yes")).toMatchObject({ code: 0 });
    const held = await place.held();
    const written = place.read(results);
    loseLedger(place);

    const plan = await planned(place, manifest);
    expect(plan.summary).toMatchObject({ create: 0, unchanged: 3, replace: 0, orphan: 0 });
    expect(plan.stderr).toContain(`taken from ${results}`);
    const { code, stdout } = await place.qgfx("apply", manifest, "--yes");
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toContain("0 uploaded, 3 unchanged");
    expect(await place.held()).toEqual(held);
    expect(place.read(results)).toBe(written);
    expect((await planned(place, manifest)).stderr).not.toContain("taken from");
  });

  it("also where somebody put a sheet with a part of the rows before the results", async () => {
    const place = await openPictures();
    const header = ["path", "name", "folder"];
    place.write("w.xlsx", workbook([{ name: "Pictures", rows: [header, ...ROWS] }]));
    await place.qgfx("apply", "w.xlsx", "--yes");
    place.write("m.csv", csv());
    await place.qgfx("apply", "m.csv", "--yes", "--results", "as-text.csv");
    const rows = place
      .read("as-text.csv")
      .trimEnd()
      .split("\n")
      .map((line) => line.split(","));
    place.write(
      "w.results.xlsx",
      workbook([
        { name: "Notes", rows: [["who", "what"]] },
        { name: "Only A", rows: rows.slice(0, 2) },
        { name: "Results", rows },
      ]),
    );
    loseLedger(place);
    expect((await planned(place, "w.xlsx")).summary).toMatchObject({ create: 0, unchanged: 3 });
    await place.qgfx("apply", "w.xlsx", "--yes");
    expect(await place.held()).toHaveLength(3);
  });

  it("as one shard of several", async () => {
    const place = await openPictures();
    place.write("m.csv", csv());
    for (const shard of ["1/2", "2/2"]) {
      await place.qgfx("apply", "m.csv", "--yes", "--shard", shard);
    }
    const held = await place.held();
    loseLedger(place);
    for (const shard of ["1/2", "2/2"]) {
      const plan = await planned(place, "m.csv", "--shard", shard);
      expect(plan.summary).toMatchObject({ create: 0, replace: 0 });
      expect(await place.qgfx("apply", "m.csv", "--yes", "--shard", shard)).toMatchObject({
        code: 0,
      });
    }
    expect(await place.qgfx("merge", "m.csv")).toMatchObject({ code: 0 });
    expect((await planned(place, "m.csv")).summary).toMatchObject({ unchanged: 3 });
    expect(await place.held()).toEqual(held);
  });

  it("from the results of shards that were never merged, as a whole and in another split", async () => {
    const place = await openPictures();
    place.write("m.csv", csv());
    for (const shard of ["1/2", "2/2"]) {
      await place.qgfx("apply", "m.csv", "--yes", "--shard", shard);
    }
    const held = await place.held();
    expect(held).toHaveLength(3);
    loseLedger(place);
    for (const shard of ["1/3", "2/3", "3/3"]) {
      const plan = await planned(place, "m.csv", "--shard", shard);
      expect(plan.summary).toMatchObject({ create: 0, replace: 0 });
    }
    const { code, stdout, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toContain("0 uploaded, 3 unchanged");
    expect(stderr).toContain("m.shard-1-of-2.results.csv");
    expect(await place.held()).toEqual(held);
    for (const { id } of held) expect(place.read("m.results.csv")).toContain(id);
  });

  it("from results of version 0.1, which do not name their library", async () => {
    const place = await openPictures();
    place.write("m.csv", csv());
    await place.qgfx("apply", "m.csv", "--yes");
    const held = await place.held();
    const old = place
      .read("m.results.csv")
      .split("\n")
      .map((line) => line.split(",").toSpliced(6, 1).join(","))
      .join("\n");
    place.write("m.results.csv", old);
    loseLedger(place);
    const plan = await planned(place, "m.csv");
    expect(plan.summary).toMatchObject({ create: 0, unchanged: 3 });
    expect(plan.stderr).toContain("does not name its library");
    await place.qgfx("apply", "m.csv", "--yes");
    expect(await place.held()).toEqual(held);
  });

  it("from what version 0.1 wrote of a retry sheet beside them", async () => {
    const place = await openPictures();
    place.write("m.csv", csv());
    await place.qgfx("apply", "m.csv", "--yes");
    const held = await place.held();
    const lines = place.read("m.results.csv").trimEnd().split("\n");
    const old = lines.map((line) => line.split(",").toSpliced(6, 1));
    const [header = [], a = [], b = [], c = []] = old;
    const failed = [...b.slice(0, 3), "failed", "", "", "", "", "HTTP 400"];
    const text = (rows: string[][]) => rows.map((row) => `${row.join(",")}\n`).join("");
    place.write("m.results.csv", text([header, a, failed, c]));
    place.write("m.retry.csv", text([header, failed]));
    place.write("m.retry.results.csv", text([header, b]));
    loseLedger(place);
    expect((await planned(place, "m.csv")).summary).toMatchObject({ create: 0, unchanged: 3 });
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
    expect(await place.held()).toEqual(held);
    expect(place.read("m.results.csv").trimEnd().split("\n")).toEqual(lines);
  });

  it.each([
    ["a shard", ["w.xlsx", "--shard", "1/3"]],
    ["the retry sheet", ["w.retry.xlsx"]],
  ])("as %s of a workbook", async (_, args) => {
    const refused = { kind: "answer", status: 400, code: "E_1", message: "no good" } as const;
    const place = await openPictures({
      version: 1,
      faults: [{ name: "B", times: 1, play: refused }],
    });
    const rows = [["path", "name", "folder"], ...ROWS];
    place.write("w.xlsx", workbook([{ name: "Pictures", rows }]));
    expect(await place.qgfx("apply", "w.xlsx", "--yes")).toMatchObject({ code: 3 });
    loseLedger(place);
    const { code, stderr } = await place.qgfx("apply", ...args, "--yes");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const names = (await place.held()).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("in a clone that holds manifest, pictures and results alone", async () => {
    const place = await openPictures();
    place.write("m.csv", csv());
    await place.qgfx("apply", "m.csv", "--yes");
    const held = await place.held();
    const clone = join(place.dir, "clone");
    mkdirSync(clone);
    for (const name of ["m.csv", "m.results.csv", "a.png", "b.png", "c.png"]) {
      cpSync(join(place.dir, name), join(clone, name));
    }
    const { code, stdout } = await runCli(clone, ["apply", "m.csv", "--yes"], place.env);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toContain("0 uploaded, 3 unchanged");
    expect(await place.held()).toEqual(held);
  });

  it("and history, orphans and prune work as before", async () => {
    const place = await openPictures();
    place.write("m.csv", csv());
    await place.qgfx("apply", "m.csv", "--yes");
    loseLedger(place);
    expect(await place.qgfx("history", "m.csv")).toMatchObject({ code: 0 });
    expect(await place.qgfx("results", "m.csv")).toMatchObject({ code: 0 });
    place.write("m.csv", csv(ROWS.slice(0, 2)));
    expect((await planned(place, "m.csv")).summary).toMatchObject({ orphan: 1, unchanged: 2 });
    expect(await place.qgfx("prune", "m.csv", "--yes")).toMatchObject({ code: 0 });
    expect((await place.held()).map(({ name }) => name).sort()).toEqual(["A", "B"]);
    expect(place.read("m.results.csv")).not.toContain("C,G");
  });
});

describe("without its ledger, an upload without an answer", () => {
  const LOST = {
    version: 1,
    faults: [{ name: "B", times: 1, play: { kind: "reset", at: "after-store" } }],
  } as const satisfies FaultScript;

  async function openUnknown(): Promise<Workplace> {
    const place = await openPictures(LOST);
    place.write("m.csv", csv());
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
    loseLedger(place);
    return place;
  }

  it("is held, and resolve settles it", async () => {
    const place = await openUnknown();
    expect((await planned(place, "m.csv")).summary).toMatchObject({ unchanged: 2, unknown: 1 });
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
    const held = await place.held();
    expect(held).toHaveLength(3);
    loseLedger(place);
    const landed = held.find(({ name }) => name === "B")?.id ?? "";
    expect(await place.qgfx("resolve", "m.csv", "--landed", `3=${landed}`)).toMatchObject({
      code: 0,
    });
    expect((await planned(place, "m.csv")).summary).toMatchObject({ unchanged: 3, unknown: 0 });
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
    expect(await place.held()).toEqual(held);
  });

  it("is held where version 0.1 wrote the results, and known by the picture at hand", async () => {
    const place = await openUnknown();
    const old = place
      .read("m.results.csv")
      .split("\n")
      .map((line) => {
        const cells = line.split(",").toSpliced(6, 1);
        return cells[3] === "unknown" ? cells.with(6, "").join(",") : cells.join(",");
      })
      .join("\n");
    place.write("m.results.csv", old);
    expect((await planned(place, "m.csv")).summary).toMatchObject({ unchanged: 2, unknown: 1 });
    const landed = (await place.held()).find(({ name }) => name === "B")?.id ?? "";
    expect(await place.qgfx("resolve", "m.csv", "--landed", `3=${landed}`)).toMatchObject({
      code: 0,
    });
    expect((await planned(place, "m.csv")).summary).toMatchObject({ unchanged: 3, unknown: 0 });
  });
});

describe("without its ledger, a replacement without an answer", () => {
  /** B and C were uploaded, and changed since: B's new picture got no answer, C's was refused. */
  async function openReplaced(): Promise<{ place: Workplace; landed: string }> {
    const place = await openPictures({
      version: 1,
      faults: [
        { upload: 5, play: { kind: "reset", at: "after-store" } },
        { upload: 6, play: { kind: "answer", status: 400, code: "E_1", message: "no" } },
      ],
    });
    place.write("m.csv", csv());
    await place.qgfx("apply", "m.csv", "--yes", "--concurrency", "1");
    place.write("a.png", png(50));
    place.write("b.png", png(51));
    place.write("c.png", png(52));
    expect(await place.qgfx("apply", "m.csv", "--yes", "--concurrency", "1")).toMatchObject({
      code: 5,
    });
    loseLedger(place);
    return { place, landed: (await place.held()).at(-1)?.id ?? "" };
  }

  it("is known by the picture at hand, where a retry sheet without it is applied first", async () => {
    const { place, landed } = await openReplaced();
    expect(await place.qgfx("apply", "m.retry.csv", "--yes")).toMatchObject({ code: 0 });
    const settled = await place.qgfx("resolve", "m.csv", "--landed", `3=${landed}`);
    expect(settled).toMatchObject({ code: 0 });
    expect((await planned(place, "m.csv")).summary).toMatchObject({ unchanged: 3, create: 0 });
    loseLedger(place);
    expect((await planned(place, "m.csv")).summary).toMatchObject({ unchanged: 3, create: 0 });
  });

  it("cannot be settled while its picture is gone, and the results stay whole", async () => {
    const { place, landed } = await openReplaced();
    rmSync(join(place.dir, "b.png"));
    const before = place.read("m.results.csv");
    const settled = await place.qgfx("resolve", "m.csv", "--landed", `3=${landed}`);
    expect(settled).toMatchObject({ code: 2 });
    expect(settled.stderr).toContain("put the image back where it was");
    expect(place.read("m.results.csv")).toBe(before);
    place.write("b.png", png(51));
    expect(await place.qgfx("resolve", "m.csv", "--landed", `3=${landed}`)).toMatchObject({
      code: 0,
    });
    expect((await planned(place, "m.csv")).summary).toMatchObject({ unchanged: 2, replace: 1 });
  });
});

describe("beside an older ledger, an upload without an answer", () => {
  it.each(["holds", "has settled"])(
    "is held where that ledger %s an earlier one of the same row",
    async (older) => {
      const loses = (upload: number) =>
        ({ upload, play: { kind: "reset", at: "after-store" } }) as const;
      const place = await openPictures({ version: 1, faults: [loses(2), loses(4)] });
      place.write("m.csv", csv());
      const apply = () => place.qgfx("apply", "m.csv", "--yes");
      expect(await apply()).toMatchObject({ code: 5 });
      const landed = (await place.held()).find(({ name }) => name === "B")?.id ?? "";
      const holding = readFileSync(join(place.dir, LEDGER));
      await place.qgfx("resolve", "m.csv", "--landed", `3=${landed}`);
      const settled = readFileSync(join(place.dir, LEDGER));
      place.write("b.png", png(77));
      expect(await apply()).toMatchObject({ code: 5 });
      const held = await place.held();
      expect(held).toHaveLength(4);
      place.write(LEDGER, older === "holds" ? holding : settled);
      expect((await planned(place, "m.csv")).summary).toMatchObject({ unchanged: 2, unknown: 1 });
      expect(await apply()).toMatchObject({ code: 5 });
      expect(await place.held()).toEqual(held);
    },
  );

  it("is not answered by an older id of the same picture there", async () => {
    const place = await openPictures({
      version: 1,
      faults: [{ upload: 5, play: { kind: "reset", at: "after-store" } }],
    });
    const inFolder = (folder: string) =>
      place.write("m.csv", csv(ROWS.map((row) => (row[1] === "B" ? row.with(2, folder) : row))));
    inFolder("F");
    const apply = () => place.qgfx("apply", "m.csv", "--yes");
    await apply();
    const older = place.read("m.results.csv");
    inFolder("G");
    await apply();
    inFolder("F");
    expect(await apply()).toMatchObject({ code: 5 });
    const held = await place.held();
    loseLedger(place);
    expect(await apply()).toMatchObject({ code: 5 });
    place.write("m.results.csv", older);
    await apply();
    expect(await place.held()).toEqual(held);
    const listed = await place.qgfx("resolve", "m.csv");
    expect(listed).toMatchObject({ code: 5 });
    expect(listed.stdout).toContain("F/B");
  });

  it("is settled where the results are the older ones", async () => {
    const place = await openPictures({
      version: 1,
      faults: [{ upload: 2, play: { kind: "reset", at: "after-store" } }],
    });
    place.write("m.csv", csv());
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
    const older = place.read("m.results.csv");
    const landed = (await place.held()).find(({ name }) => name === "B")?.id ?? "";
    await place.qgfx("resolve", "m.csv", "--landed", `3=${landed}`);
    place.write("m.results.csv", older);
    expect((await planned(place, "m.csv")).summary).toMatchObject({ unchanged: 3, unknown: 0 });
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  });
});

describe("without its ledger, no id is written over", () => {
  async function openLost(): Promise<Workplace> {
    const place = await openPictures();
    place.write("m.csv", csv());
    await place.qgfx("apply", "m.csv", "--yes");
    loseLedger(place);
    return place;
  }

  it("with a wrong token: the results keep every id", async () => {
    const place = await openLost();
    const before = place.read("m.results.csv");
    place.write("d.png", png(9));
    place.write("m.csv", csv([...ROWS, ["d.png", "D", "G"]]));
    const env = { ...place.env, QUALTRICS_API_KEY: "not-the-token" };
    const { code } = await runCli(place.dir, ["apply", "m.csv", "--yes"], env);
    expect(code).toBe(8);
    for (const line of before.trimEnd().split("\n"))
      expect(place.read("m.results.csv")).toContain(line);
  });

  it.each([
    ["apply", ["apply", "m.csv", "--yes"]],
    ["plan", ["plan", "m.csv"]],
    ["results", ["results", "m.csv"]],
  ])(
    "with another library: %s ends before anything is sent, and names the ways out",
    async (_, args) => {
      const place = await openLost();
      const before = [place.read("m.results.csv"), await place.held()];
      const { code, stderr } = await place.qgfx(...args, "--library", "UR_000000000001");
      expect(code).toBe(2);
      expect(stderr).toContain("RESULTS_ELSEWHERE");
      expect(stderr).toContain("--results");
      expect([place.read("m.results.csv"), await place.held()]).toEqual(before);
    },
  );

  it("at another host: the way out that is named takes the ids over, and keeps the results", async () => {
    const place = await openLost();
    const before = place.read("m.results.csv");
    place.write("m.results.csv", before.replaceAll(place.sandbox.url, "http://127.0.0.1:9"));
    const { stderr } = await place.qgfx("plan", "m.csv");
    const [, named = ""] = /: qgfx (adopt .*)$/m.exec(stderr) ?? [];
    expect(await place.qgfx(...named.split(" "), "--yes")).toMatchObject({ code: 0 });
    expect((await planned(place, "m.csv")).summary).toMatchObject({ unchanged: 3, create: 0 });
    expect(place.read("m.results.csv")).toContain("127.0.0.1:9/");
  });

  it.each([
    ["a row that is broken", (text: string) => `${text}d.png,"D\n`],
    [
      "a mark of a merge that is not finished",
      (text: string) => `${text}<<<<<<< HEAD\n${text.split("\n").at(-2)}\n=======\n`,
    ],
    ["no id column", () => "path,name\na.png,A\n"],
    [
      "the two halves of a merge",
      (text: string) => `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> theirs\n`,
    ],
    ["a mark that is left above the header", (text: string) => `<<<<<<< HEAD\r\n${text}`],
    ["an id that somebody removed", (text: string) => text.replace(/,IM_\w+,/, ",,")],
    [
      "an id that a spreadsheet filled into the row below",
      (text: string) => text.replace(/(?<=(IM_\w+),http[\s\S]*b\.png,B,F,uploaded,)IM_\w+/, "$1"),
    ],
    ["an id that somebody changed", (text: string) => text.replace(/IM_\w+/, "IM_mine")],
  ])("with results that hold %s", async (_, damage) => {
    const place = await openLost();
    const damaged = damage(place.read("m.results.csv"));
    place.write("m.results.csv", damaged);
    const held = await place.held();
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain("RESULTS_UNREADABLE");
    expect(place.read("m.results.csv")).toBe(damaged);
    expect(await place.held()).toEqual(held);
  });

  it("with results in the midst of a merge: the mark is named, and what to do", async () => {
    const place = await openLost();
    const lines = place.read("m.results.csv").split("\n");
    const marked = lines.toSpliced(2, 0, "<<<<<<< HEAD").toSpliced(4, 0, "=======");
    place.write("m.results.csv", marked.join("\n"));
    for (const args of [
      ["plan"],
      ["apply", "--yes"],
      ["results"],
      ["verify"],
      ["prune", "--yes"],
    ]) {
      const { code, stderr } = await place.qgfx(...args, "m.csv");
      expect({ code, stderr }).toMatchObject({ code: 2 });
      expect(stderr).toContain("m.results.csv has an unfinished git merge");
      expect(stderr).toContain("line 3 is '<<<<<<< HEAD'");
      expect(stderr).toContain("keep the lines of both sides and delete the marks");
      expect(stderr).toContain("if an image has two lines, keep the one with the later uploadedAt");
    }
    expect(await place.held()).toHaveLength(3);
  });

  it("--require-record refuses to begin anew", async () => {
    const place = await openLost();
    expect(await place.qgfx("plan", "m.csv", "--require-record")).toMatchObject({ code: 0 });
    rmSync(join(place.dir, "m.results.csv"));
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes", "--require-record");
    expect(code).toBe(2);
    expect(stderr).toContain("RECORD_MISSING");
    expect(await place.held()).toHaveLength(3);
  });
});

it("results lead verify to no host but Qualtrics and the one that the user names", async () => {
  const place = await openPictures();
  place.write("m.csv", csv());
  await place.qgfx("apply", "m.csv", "--yes");
  loseLedger(place);
  let asked = 0;
  const stranger = createServer((_, response) => {
    asked += 1;
    response.end();
  });
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const { port } = stranger.address() as AddressInfo;
  const elsewhere = place
    .read("m.results.csv")
    .replaceAll(place.sandbox.url, `http://127.0.0.1:${port}`);
  place.write("m.results.csv", elsewhere);
  await place.qgfx("verify", "m.csv");
  place.write("m.results.csv", elsewhere.replaceAll("http://", "javascript:"));
  await place.qgfx("verify", "m.csv");
  stranger.close();
  expect(asked).toBe(0);
});
