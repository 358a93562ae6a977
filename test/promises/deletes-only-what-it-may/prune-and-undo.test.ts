import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deletionDocumentSchema } from "../../../src/report/deletion-document.ts";
import { historySchema } from "../../../src/report/ledger-documents.ts";
import { png } from "../../support/pictures.ts";
import { runCli } from "../../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

function sheet(...names: string[]): string {
  return ["path,name,folder", ...names.map((name) => `${name}.png,${name},F`), ""].join("\n");
}

/** `m.csv` with A, B and C, applied. */
async function openApplied(): Promise<Workplace> {
  const place = await openWorkplace();
  for (const [index, name] of ["A", "B", "C", "D"].entries())
    place.write(`${name}.png`, png(index));
  place.write("m.csv", sheet("A", "B", "C"));
  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  return place;
}

async function names(place: Workplace): Promise<string[]> {
  return (await place.held()).map(({ name }) => name).sort();
}

async function summaryOf(place: Workplace, ...args: string[]) {
  const { stdout } = await place.qgfx("plan", "m.csv", "--json", ...args);
  return JSON.parse(stdout).summary;
}

async function deletesSent(place: Workplace): Promise<number> {
  const response = await fetch(`${place.sandbox.url}/sandbox/requests`);
  const requests = (await response.json()) as { method: string }[];
  return requests.filter(({ method }) => method === "DELETE").length;
}

describe("prune", () => {
  it("deletes orphans and nothing else, once it is confirmed", async () => {
    const place = await openApplied();
    place.write("m.csv", sheet("A"));
    const asked = await place.qgfx("prune", "m.csv");
    expect(asked.code).toBe(4);
    expect(asked.stderr).toContain("- F/B");
    expect(asked.stderr).toContain("2 graphics to delete");
    expect(await names(place)).toEqual(["A", "B", "C"]);
    const { code, stdout } = await place.qgfx("prune", "m.csv", "--yes");
    expect(code).toBe(0);
    expect(stdout).toBe("2 deleted\n");
    expect(await names(place)).toEqual(["A"]);
    expect(await summaryOf(place)).toMatchObject({ unchanged: 1, orphan: 0, create: 0 });
    expect((await place.qgfx("prune", "m.csv", "--yes")).stdout).toBe("nothing to delete\n");
  });

  it("keeps the deleted ids in the history, and a row put back is uploaded anew", async () => {
    const place = await openApplied();
    const [old] = (await place.held()).filter(({ name }) => name === "B");
    place.write("m.csv", sheet("A", "C"));
    await place.qgfx("prune", "m.csv", "--yes");
    place.write("m.csv", sheet("A", "B", "C"));
    const { stdout } = await place.qgfx("explain", "m.csv", "3", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      action: { action: "create" },
      versions: [{ graphicId: old?.id, state: "deleted" }],
    });
    expect((await place.qgfx("apply", "m.csv", "--yes")).stdout).toContain("1 uploaded");
  });

  it("takes a graphic that is gone already for deleted", async () => {
    const place = await openApplied();
    const [gone] = (await place.held()).filter(({ name }) => name === "C");
    const url = `${place.sandbox.url}/API/v3/libraries/${place.sandbox.library}/graphics/${gone?.id}`;
    await fetch(url, { method: "DELETE", headers: { "x-api-token": place.sandbox.token } });
    place.write("m.csv", sheet("A", "B"));
    const { code, stdout } = await place.qgfx("prune", "m.csv", "--yes");
    expect([code, stdout]).toEqual([0, "1 deleted\n"]);
    expect(await names(place)).toEqual(["A", "B"]);
  });

  it("refuses more than --max-delete, and sends nothing then", async () => {
    const place = await openApplied();
    place.write("m.csv", sheet("A"));
    const { code, stderr } = await place.qgfx("prune", "m.csv", "--yes", "--max-delete", "1");
    expect(code).toBe(2);
    expect(stderr).toContain("2 graphics would be deleted, more than 1");
    expect(await deletesSent(place)).toBe(0);
  });

  it("deletes nothing when a row of the manifest is wrong: its graphic would look like an orphan", async () => {
    const place = await openApplied();
    place.write("m.csv", `${sheet("A", "B")}gone.png,C2,F\n`);
    expect(await place.qgfx("prune", "m.csv", "--yes")).toMatchObject({ code: 2 });
    expect(await names(place)).toEqual(["A", "B", "C"]);
  });

  it("leaves another manifest's graphics alone", async () => {
    const place = await openApplied();
    place.write("other.csv", sheet("D"));
    await place.qgfx("apply", "other.csv", "--yes");
    await place.qgfx("prune", "m.csv", "--yes");
    await place.qgfx("prune", "other.csv", "--yes");
    expect(await names(place)).toEqual(["A", "B", "C", "D"]);
  });

  it("deletes what later uploads replaced only with --replaced", async () => {
    const place = await openApplied();
    place.write("A.png", png(9));
    await place.qgfx("apply", "m.csv", "--yes");
    expect(await names(place)).toEqual(["A", "A", "B", "C"]);
    expect((await place.qgfx("prune", "m.csv", "--yes")).stdout).toBe("nothing to delete\n");
    const { stdout } = await place.qgfx("prune", "m.csv", "--yes", "--replaced");
    expect(stdout).toBe("1 deleted\n");
    expect(await names(place)).toEqual(["A", "B", "C"]);
    expect(await summaryOf(place)).toMatchObject({ unchanged: 3 });
  });

  it("stops when the service refuses the token: exit 8, and nothing counts as deleted", async () => {
    const place = await openApplied();
    place.write("m.csv", sheet("A"));
    const env = { ...place.env, QUALTRICS_API_KEY: "not-the-token" };
    const args = ["prune", "m.csv", "--yes", "--json", "--concurrency", "1"];
    const { code, stdout, stderr } = await runCli(place.dir, args, env);
    expect(code).toBe(8);
    expect(stderr).toContain("DCD_7");
    const { summary, actions } = deletionDocumentSchema.parse(JSON.parse(stdout));
    expect(summary).toMatchObject({ delete: 2, deleted: 0, failed: 1, notRun: 1 });
    expect(actions.map(({ status }) => status).sort()).toEqual(["failed", "not-run"]);
    expect((await place.qgfx("prune", "m.csv", "--yes")).stdout).toBe("2 deleted\n");
  });
});

describe("undo", () => {
  it("deletes what the last apply made; the results say so and the next apply uploads it again", async () => {
    const place = await openApplied();
    const { code, stdout } = await place.qgfx("undo", "m.csv", "--yes");
    expect([code, stdout]).toEqual([0, "3 deleted\n"]);
    expect(await names(place)).toEqual([]);
    expect(place.read("m.results.csv")).toContain("A.png,A,F,not-run,,,,,,");
    expect(await summaryOf(place)).toMatchObject({ create: 3, orphan: 0 });
  });

  it("brings back what the run had replaced, renamed or moved", async () => {
    const place = await openApplied();
    place.write("A.png", png(9));
    place.write("m.csv", `${sheet("A", "B")}C.png,C2,G\n`);
    await place.qgfx("apply", "m.csv", "--yes");
    expect((await place.qgfx("undo", "m.csv", "--yes")).stdout).toBe("2 deleted\n");
    place.write("A.png", png(0));
    place.write("m.csv", sheet("A", "B", "C"));
    expect(await summaryOf(place)).toMatchObject({ unchanged: 3, create: 0, replace: 0 });
  });

  it("undoes the run that is named, and refuses one that is not this manifest's", async () => {
    const place = await openApplied();
    place.write("m.csv", sheet("A", "B", "C", "D"));
    await place.qgfx("apply", "m.csv", "--yes");
    expect((await place.qgfx("undo", "m.csv", "1", "--yes")).stdout).toBe("3 deleted\n");
    expect(await names(place)).toEqual(["D"]);
    const { code, stderr } = await place.qgfx("undo", "m.csv", "17", "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain("this manifest has no run '17'");
  });

  it("sends no token to where a ledger leads: the run's service must be the one that is named", async () => {
    const place = await openApplied();
    const elsewhere = await openWorkplace();
    const { code, stderr } = await runCli(place.dir, ["undo", "m.csv", "--yes"], elsewhere.env);
    expect(code).toBe(2);
    expect(stderr).toContain("RUN_ELSEWHERE");
    expect(await names(place)).toEqual(["A", "B", "C"]);
  });
});

describe("an older results CSV as manifest", () => {
  async function reasons(place: Workplace): Promise<string[]> {
    const { stdout } = await place.qgfx("plan", "m.csv", "--json");
    const { actions } = JSON.parse(stdout) as { actions: { action: string; reason: string }[] };
    return actions.map(({ action, reason }) => `${action} ${reason}`);
  }

  it("is uploaded anew after undo: the ids it carries were deleted", async () => {
    const place = await openApplied();
    place.write("m.csv", place.read("m.results.csv"));
    await place.qgfx("apply", "m.csv", "--yes");
    expect((await place.qgfx("undo", "m.csv", "1", "--yes")).stdout).toBe("3 deleted\n");
    expect(await reasons(place)).toEqual(Array(3).fill("create id-deleted"));
    const shown = await place.qgfx("plan", "m.csv");
    expect(shown.stdout).toContain("uploaded again: the id in the manifest was deleted");
    const { code, stdout } = await place.qgfx("apply", "m.csv", "--yes");
    expect([code, stdout]).toEqual([0, expect.stringContaining("3 uploaded, 0 unchanged")]);
    expect(await names(place)).toEqual(["A", "B", "C"]);
    expect(await summaryOf(place)).toMatchObject({ unchanged: 3, create: 0 });
  });

  it("is uploaded anew where prune deleted a row's graphic, and only there", async () => {
    const place = await openApplied();
    const results = place.read("m.results.csv");
    place.write("m.csv", sheet("A", "B"));
    await place.qgfx("prune", "m.csv", "--yes");
    place.write("m.csv", results);
    expect(await reasons(place)).toEqual([
      "unchanged same-bytes",
      "unchanged same-bytes",
      "create id-deleted",
    ]);
  });

  it("takes an id back where a rename was taken back: its graphic is still in the library", async () => {
    const place = await openApplied();
    const results = place.read("m.results.csv");
    place.write("m.csv", sheet("A", "B").concat("C.png,C2,F\n"));
    await place.qgfx("apply", "m.csv", "--yes");
    place.write("m.csv", results);
    expect((await reasons(place))[2]).toBe("unchanged adopted");
    await place.qgfx("apply", "m.csv", "--yes");
    expect(await place.qgfx("prune", "m.csv", "--replaced", "--yes")).toMatchObject({ code: 0 });
    expect(await names(place)).toContain("C");
  });

  it("does not take an id back under a name that its graphic never had", async () => {
    const place = await openApplied();
    const results = place.read("m.results.csv");
    place.write("m.csv", sheet("A", "B").concat("C.png,C2,F\n"));
    await place.qgfx("apply", "m.csv", "--yes");
    place.write("m.csv", sheet("A", "B"));
    await place.qgfx("prune", "m.csv", "--yes");
    place.write("m.csv", results.replace("C.png,C,F", "C.png,C2,F"));
    expect((await reasons(place))[2]).toBe("create id-replaced");
  });
});

describe("history", () => {
  it("lists every run with who, when, what and how it ended", async () => {
    const place = await openApplied();
    place.write("m.csv", sheet("A", "D"));
    await place.qgfx("apply", "m.csv", "--yes");
    await place.qgfx("prune", "m.csv", "--yes");
    const { stdout } = await place.qgfx("history", "m.csv", "--json");
    const { runs } = historySchema.parse(JSON.parse(stdout));
    expect(runs).toMatchObject([
      { run: 1, command: "apply", uploaded: 3, unchanged: 0, exitCode: 0 },
      { run: 2, command: "apply", uploaded: 1, unchanged: 1, exitCode: 0 },
      { run: 3, command: "prune", deleted: 2, failed: 0, exitCode: 0 },
    ]);
    const text = await place.qgfx("history", "m.csv");
    expect(text.stdout).toMatch(/^1 +apply +\d{4}-.*@.* 3 uploaded +0$/m);
    expect(text.stdout).toMatch(/^3 +prune .* 2 deleted +0$/m);
  });

  it("has no entry of a run that had nothing to do", async () => {
    const place = await openApplied();
    const before = (await place.qgfx("history", "m.csv", "--json")).stdout;
    for (const command of [["apply"], ["prune"]]) {
      expect(await place.qgfx(...command, "m.csv", "--yes")).toMatchObject({ code: 0 });
    }
    expect((await place.qgfx("history", "m.csv", "--json")).stdout).toBe(before);
  });

  it("names the manifest as the user would, not as the ledger does", async () => {
    const place = await openApplied();
    const nameIn = async (...command: string[]) =>
      JSON.parse((await place.qgfx(...command, "--json")).stdout).runs[0].manifest;
    expect(await nameIn("history", "m.csv")).toBe("m.csv");
    expect(await nameIn("explain", "m.csv", "2")).toBe("m.csv");
  });

  it("says that nothing is recorded where nothing is", async () => {
    const place = await openWorkplace();
    const { code, stderr } = await place.qgfx("history", "m.csv");
    expect(code).toBe(2);
    expect(stderr).toContain("NOTHING_RECORDED");
  });
});

/** What no disk takes, and nobody knows before it is tried. */
const TOO_LONG = `${"x".repeat(300)}.csv`;

describe("results that cannot be written", () => {
  it.each(["prune", "undo"])(
    "keep %s from deleting where that is known before",
    async (command) => {
      const place = await openApplied();
      place.write("m.csv", sheet("A", "B"));
      rmSync(join(place.dir, "m.results.csv"));
      mkdirSync(join(place.dir, "m.results.csv"));
      const { code, stdout, stderr } = await place.qgfx(command, "m.csv", "--yes");
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^error WRITE_NOT_A_FILE: .*m\.results\.csv/m);
      expect(await place.held()).toHaveLength(3);
    },
  );

  it.each([
    ["prune", 1],
    ["undo", 3],
  ])("%s tells what it deleted all the same, and exits 3", async (command, count) => {
    const place = await openApplied();
    if (command === "prune") place.write("m.csv", sheet("A", "B"));
    const args = ["m.csv", "--yes", "--json", "--results", TOO_LONG];
    const { code, stdout, stderr } = await place.qgfx(command, ...args);
    expect(code, stderr).toBe(3);
    const { summary } = deletionDocumentSchema.parse(JSON.parse(stdout));
    expect(summary).toMatchObject({ delete: count, deleted: count });
    expect(stderr).toMatch(/^error WRITE_FAILED: .*ENAMETOOLONG/m);
    expect(stderr).toContain("no results were written; `qgfx results m.csv` writes them");
    const history = await place.qgfx("history", "m.csv", "--json");
    expect(historySchema.parse(JSON.parse(history.stdout)).runs.at(-1)).toMatchObject({
      command,
      exitCode: 3,
    });
  });
});
