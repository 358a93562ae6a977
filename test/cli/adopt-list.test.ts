import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { adoptionSchema } from "../../src/report/adoption.ts";
import { resolutionSchema } from "../../src/report/resolution.ts";
import { hasTerminals, startAtTerminal } from "../support/at-terminal.ts";
import { png } from "../support/pictures.ts";
import { BIN } from "../support/program.ts";
import { runCli } from "../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const SHEET = "path,name,folder\na.png,A,F\nb.png,B,F\nc.png,C,G\nd.png,A,G\n";
const NOBODYS = "IM_000000000000";

/** The sheet's pictures in the library; `ids` in its order. */
async function openUploaded(): Promise<{ place: Workplace; ids: string[] }> {
  const place = await openWorkplace();
  for (const [index, name] of ["a", "b", "c", "d"].entries())
    place.write(`${name}.png`, png(index));
  place.write("m.csv", SHEET);
  await place.qgfx("apply", "m.csv", "--yes");
  const held = await place.held();
  const places = ["F/A", "F/B", "G/C", "G/A"];
  const ids = places.map((one) => held.find(({ folder, name }) => `${folder}/${name}` === one)?.id);
  return { place, ids: ids.map((id) => id ?? "") };
}

/** As an earlier script would leave them: no record. */
function forget(place: Workplace): void {
  for (const left of [".qgfx", "m.results.csv"]) rmSync(join(place.dir, left), { recursive: true });
}

function piped(place: Workplace, input: string, ...args: string[]) {
  return runCli(place.dir, args, place.env, input);
}

async function summaryOf(place: Workplace) {
  const { stdout } = await place.qgfx("plan", "m.csv", "--json");
  return JSON.parse(stdout).summary;
}

describe("adopt --from a pasted list", () => {
  it("shows what fits, what does not and what is ambiguous, and records nothing unasked", async () => {
    const { place, ids } = await openUploaded();
    forget(place);
    const list = `Graphics\nA\t${ids[0]}\nB\t${ids[1]}\nMoon\t${NOBODYS}\nC\t${ids[2]}\nA\t${ids[3]}\n`;
    const { code, stdout, stderr } = await piped(place, list, "adopt", "m.csv", "--from", "-");
    expect([code, stdout]).toEqual([4, ""]);
    expect(stderr).toContain(
      "standard input:4 warning ADOPT_NO_ROW: no row of the manifest is 'Moon'",
    );
    expect(stderr).toContain("'A' may be any of the rows in lines 2, 5");
    expect(stderr).toContain("standard input: 5 IDs; 2 fit, 1 without a row, 2 ambiguous\n");
    expect(stderr).toContain(`adopt line 3, F/B ${ids[1]}\nadopt line 4, G/C ${ids[2]}\n`);
    expect(stderr).toContain("confirmation needed to record 2 IDs for m.csv\n    give --yes");
    expect(await summaryOf(place)).toMatchObject({ create: 4, unchanged: 0 });
  });

  it("leaves nothing that was not there where it is declined, or records nothing", async () => {
    const { place, ids } = await openUploaded();
    forget(place);
    place.write("ids.txt", `F/A\t${ids[0]}\nF/B\t${ids[1]}\n`);
    const files = () => readdirSync(place.dir, { recursive: true }).sort();
    const before = files();
    const declined = await place.qgfx("adopt", "m.csv", "--from", "ids.txt");
    expect([declined.code, files()]).toEqual([4, before]);
    const sandbox = await place.qgfx("adopt", "m.csv", "--from", "ids.txt", "--sandbox");
    expect(sandbox.code).toBe(3);
    const forced = ["adopt", "m.csv", "--from", "ids.txt", "--sandbox", "--force"];
    expect(await place.qgfx(...forced)).toMatchObject({ code: 4 });
    expect(files()).toEqual(before);
    place.write("ids.txt", `F/A\t${ids[1]}\n`);
    const refused = await place.qgfx("adopt", "m.csv", "--from", "ids.txt", "--yes");
    expect([refused.code, files()]).toEqual([3, before]);
  });

  it("finds names in quotes as a page gives them, which look like a quoted cell", async () => {
    const place = await openWorkplace();
    for (const [index, name] of ["a", "b"].entries()) place.write(`${name}.png`, png(index));
    const rows = ['a.png,"""Sun""",F', "b.png,Rain,F", ""];
    place.write("m.csv", ["path,name,folder", ...rows].join("\n"));
    await place.qgfx("apply", "m.csv", "--yes");
    const held = await place.held();
    for (const names of [["Sun", "Rain"], ["Sun"]]) {
      forget(place);
      const copied = held.filter(({ name }) => names.some((one) => name.includes(one)));
      place.write("list.txt", copied.map(({ name, id }) => `${name}\t${id}\n`).join(""));
      const args = ["adopt", "m.csv", "--from", "list.txt", "--yes"];
      const { code, stdout } = await place.qgfx(...args);
      expect([code, stdout]).toEqual([0, expect.stringContaining(`${names.length} adopted`)]);
      expect(place.read("m.results.csv")).toContain(copied[0]?.id);
    }
  });

  it("records what fits with --yes; what is ambiguous is left, and the exit code says so", async () => {
    const { place, ids } = await openUploaded();
    forget(place);
    place.write("list.txt", `F\tB\t${ids[1]}\nG\tC\t${ids[2]}\nA\t${ids[0]}\nA\t${ids[3]}\n`);
    const args = ["adopt", "m.csv", "--from", "list.txt", "--yes", "--json"];
    const { code, stdout } = await place.qgfx(...args);
    expect(code).toBe(3);
    const { list, summary, from } = adoptionSchema.parse(JSON.parse(stdout));
    expect(from).toBe("list.txt");
    expect(summary).toEqual({ adopted: 2, alreadyRecorded: 0, refused: 0 });
    expect(list).toEqual({
      ids: 4,
      fit: 2,
      left: [
        { line: 3, text: "A", graphicId: ids[0], reason: "ambiguous" },
        { line: 4, text: "A", graphicId: ids[3], reason: "ambiguous" },
      ],
    });
    expect(await summaryOf(place)).toMatchObject({ create: 2, unchanged: 2 });
    place.write("list.txt", `B\tF\t${ids[1]}\n`);
    const again = await place.qgfx("adopt", "m.csv", "--from", "list.txt");
    expect(again).toMatchObject({ code: 0, stdout: "0 adopted, 1 recorded already\n" });
  });

  it("exits 2 where nothing fits, with nothing changed and no ledger made", async () => {
    const { place, ids } = await openUploaded();
    forget(place);
    const run = await piped(place, `Sonne\t${ids[0]}\n`, "adopt", "m.csv", "--from", "-", "--yes");
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(
      "ADOPT_NOTHING_FITS: no ID in standard input belongs to a row of m.csv",
    );
    expect(await place.qgfx("history", "m.csv")).toMatchObject({ code: 2 });
    const nobody = await piped(place, "", "adopt", "m.csv", "--from", "-", "--yes");
    expect(nobody).toMatchObject({ code: 2 });
    expect(nobody.stderr).toContain("ADOPT_NO_IDS: standard input has no ids");
  });

  it.each([
    ["json", "ids.json"],
    ["json-urls", "urls.json"],
    ["urls", "urls.txt"],
    ["urls", "urls.csv"],
    ["urls", "urls.xlsx"],
    ["loop-merge", "loop.txt"],
    ["csv", "ids.csv"],
    ["xlsx", "ids.xlsx"],
  ])("takes back what results --format %s writes to %s", async (format, file) => {
    const { place } = await openUploaded();
    place.write("m.csv", SHEET.replace("d.png,A", "d.png,=1+1"));
    await place.qgfx("apply", "m.csv", "--yes");
    const isResults = format === "csv" || format === "xlsx";
    await place.qgfx(
      "results",
      "m.csv",
      "--format",
      format,
      isResults ? "--results" : "--out",
      file,
    );
    forget(place);
    const run = await place.qgfx("adopt", "m.csv", "--from", file, "--yes");
    expect(run.stdout, run.stderr).toBe("4 adopted\n");
    expect(await summaryOf(place)).toMatchObject({ unchanged: 4 });
  });

  it.runIf(hasTerminals)("takes a list that is pasted at a terminal, and asks there", async () => {
    const { place, ids } = await openUploaded();
    forget(place);
    const command = [process.execPath, BIN, "adopt", "m.csv", "--from", "-"];
    const { PATH = "" } = process.env;
    const terminal = startAtTerminal(command, { cwd: place.dir, env: { PATH, ...place.env } });
    await terminal.shows("press Ctrl-D");
    terminal.answer(`B\t${ids[1]}`);
    terminal.answer(`C\t${ids[2]}`);
    await terminal.shows(`${ids[2]}`);
    terminal.child.stdin?.write("\u0004");
    await terminal.shows("record 2 IDs for m.csv? [y/N] ");
    terminal.answer("y");
    const { code, stdout } = await terminal.ended;
    expect([code, stdout.includes("2 adopted")]).toEqual([0, true]);
    expect(await summaryOf(place)).toMatchObject({ unchanged: 2, create: 2 });
  });
});

describe("resolve --from a list of the library", () => {
  /** A in folder F and C got no answer, and landed. */
  async function openUnanswered(): Promise<{
    place: Workplace;
    idOf(at: string): Promise<string>;
  }> {
    const lost = (name: string) =>
      ({ name, times: 1, play: { kind: "reset", at: "after-store" } }) as const;
    const place = await openWorkplace({ script: { version: 1, faults: [lost("A"), lost("C")] } });
    for (const [index, name] of ["a", "b", "c"].entries()) place.write(`${name}.png`, png(index));
    place.write("m.csv", SHEET.replace("d.png,A,G\n", ""));
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
    const idOf = async (at: string) =>
      (await place.held()).find(({ folder, name }) => `${folder}/${name}` === at)?.id ?? "";
    return { place, idOf };
  }

  it("shows what it would settle, and settles it with --yes", async () => {
    const { place, idOf } = await openUnanswered();
    const [a, b, c] = [await idOf("F/A"), await idOf("F/B"), await idOf("G/C")];
    place.write("list.txt", `A\t${a}\nB\t${b}\nC\t${c}\nMoon\t${NOBODYS}\n`);
    const before = place.read("m.results.csv");
    const args = ["resolve", "m.csv", "--from", "list.txt"];
    const asked = await place.qgfx(...args);
    expect(asked).toMatchObject({ code: 4, stdout: "" });
    expect(asked.stderr).toContain(
      "list.txt: 4 IDs; 2 fit, 1 recorded for another upload, 1 without a row\n",
    );
    expect(asked.stderr).toContain(`line 2, F/A: ${a}\nline 4, G/C: ${c}\n`);
    expect(asked.stderr).toContain("confirmation needed to settle 2 uploads of m.csv");
    expect(place.read("m.results.csv")).toBe(before);
    const { code, stdout } = await place.qgfx(...args, "--yes", "--json");
    expect(code).toBe(0);
    const { settled, unknown, list } = resolutionSchema.parse(JSON.parse(stdout));
    expect(settled.map(({ graphicId }) => graphicId)).toEqual([a, c]);
    expect(unknown).toEqual([]);
    expect(list).toMatchObject({
      ids: 4,
      fit: 2,
      left: [
        { line: 2, text: "B", reason: "recorded" },
        { line: 4, reason: "no-row" },
      ],
    });
    expect(await summaryOf(place)).toMatchObject({ unchanged: 3, unknown: 0 });
  });

  it("leaves what is not in the list, unless --absent says that it is not in the library", async () => {
    const { place, idOf } = await openUnanswered();
    const list = `${await idOf("F/A")}\tA\n`;
    const one = await piped(place, list, "resolve", "m.csv", "--from", "-", "--yes");
    expect(one).toMatchObject({ code: 5 });
    expect(one.stdout).toContain("? line 4, G/C: ");
    expect(await summaryOf(place)).toMatchObject({ unchanged: 2, unknown: 1 });
  });

  it("takes what is said besides it: --landed and --absent", async () => {
    const { place, idOf } = await openUnanswered();
    const list = `${await idOf("F/A")}\tA\n`;
    const args = ["resolve", "m.csv", "--from", "-", "--absent", "all", "--yes"];
    const { code, stdout } = await piped(place, list, ...args);
    expect(code).toBe(0);
    expect(stdout).toContain("line 4, G/C: absent, the next apply uploads it");
    const nothing = await piped(place, list, "resolve", "m.csv", "--from", "-");
    expect(nothing).toMatchObject({ code: 0, stdout: "no unknown uploads left\n" });
  });

  it.each([
    ["a list of something else", `Moon\t${NOBODYS}\n`, "RESOLVE_NOTHING_FITS"],
    ["two ids for one", `A\t${NOBODYS}\nA\tIM_000000000001\n`, "RESOLVE_TWO_IDS"],
    ["one id for two", `A\t${NOBODYS}\nC\t${NOBODYS}\n`, `${NOBODYS} is given to two lines`],
    ["what is not an id", "A\tIM_0\n", "RESOLVE_ID_MALFORMED"],
    ["nothing", "", "standard input"],
  ])("changes nothing for %s", async (_what, list, message) => {
    const { place } = await openUnanswered();
    const before = place.read("m.results.csv");
    const args = ["resolve", "m.csv", "--from", "-", "--absent", "all", "--yes"];
    const { code, stderr } = await piped(place, list, ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(place.read("m.results.csv")).toBe(before);
  });
});
