import { expect, it } from "vitest";
import { formatEvent } from "../../src/render/progress.ts";
import { escapeText, PLAIN, printJson, wrapFor } from "../../src/render/terminal-text.ts";
import { png } from "../support/pictures.ts";
import { runCli } from "../support/run-cli.ts";
import { openWorkplace } from "../support/workplace.ts";

it("upload and the like name the command that is meant, to be pasted", async () => {
  const { code, stderr } = await runCli("/", ["upload", "my sheet.csv", "--yes"]);
  expect(code).toBe(2);
  expect(stderr).toContain("no command 'upload'; 'apply' does that");
  expect(stderr).toContain("$ qgfx apply 'my sheet.csv' --yes");
});

it.each([
  ["aply", "(Did you mean apply?)"],
  ["upload", "no command 'upload'; 'apply' does that"],
])("help %s names the command that is meant", async (name, meant) => {
  const { code, stdout, stderr } = await runCli("/", ["help", name]);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(meant);
  const help = await runCli("/", ["help", "apply"]);
  expect(help.code).toBe(0);
  expect(help.stdout).toContain("Usage: qgfx apply [options] <manifest>");
});

it.each([
  [["apply", "m.csv", "--folder", "Spring", "Break"], "apply m.csv --folder 'Spring Break'"],
  [["plan", "--folder", "Spring", "Break", "m.csv"], "plan --folder 'Spring Break' m.csv"],
  [["init", "my", "pics", "-o", "m.csv"], "init 'my pics' -o m.csv"],
  [["validate", "my", "sheet.csv"], "validate 'my sheet.csv'"],
])("%j needs quotes, and says which", async (args, command) => {
  const { code, stderr } = await runCli("/", args);
  expect(code).toBe(2);
  expect(stderr).toContain(`a name with spaces needs quotes: $ qgfx ${command}\n`);
});

it("names service, library and token at once where none is set", async () => {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("m.csv", "path,folder\na.png,F\n");
  for (const command of ["plan", "apply"]) {
    const { code, stderr } = await runCli(place.dir, [command, "m.csv"]);
    expect(code).toBe(2);
    expect(stderr).toContain("no data center, no library and no API token set; nothing was sent");
    expect(stderr).toContain("qgfx setup");
  }
});

it("explains a row by its name and by folder and name, and lists lines where that is not certain", async () => {
  const place = await openWorkplace();
  for (const seed of [1, 2, 3]) place.write(`${seed}.png`, png(seed));
  place.write("m.csv", "path,name,folder\n1.png,Tree,F\n2.png,Lake,F\n3.png,Tree,G\n");
  const explain = (row: string) => place.qgfx("explain", "m.csv", row, "--json");
  expect(JSON.parse((await explain("Lake")).stdout)).toMatchObject({ line: 3 });
  expect(JSON.parse((await explain("G/Tree")).stdout)).toMatchObject({ line: 4 });
  const { code, stderr } = await place.qgfx("explain", "m.csv", "Tree");
  expect(code).toBe(2);
  expect(stderr).toContain("lines: 2, 4");
});

it("settles several lines given at once, and a name", async () => {
  const fault = { play: { kind: "answer" as const, status: 500 } };
  const faults = [1, 2, 3, 4].map((upload) => ({ upload, ...fault }));
  const place = await openWorkplace({ script: { version: 1, faults } });
  const names = ["one", "two", "1,2", "four"];
  for (const [index] of names.entries()) place.write(`${index}.png`, png(index));
  const rows = names.map((name, index) => `${index}.png,"${name}",F`);
  place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
  expect((await place.qgfx("apply", "m.csv", "--yes")).code).toBe(5);
  const first = await place.qgfx("resolve", "m.csv", "--absent", "3,2", "--json");
  expect(JSON.parse(first.stdout).settled).toHaveLength(2);
  const then = ["--absent", "1,2", "--absent", "four"];
  const rest = await place.qgfx("resolve", "m.csv", ...then, "--json");
  expect(rest.code).toBe(0);
  expect(JSON.parse(rest.stdout).settled.map(({ name }: { name: string }) => name)).toEqual([
    "1,2",
    "four",
  ]);
});

it("refuses a manifest whose results or retry file would have too long a name, before it sends", async () => {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  const manifest = `${"a".repeat(244)}.csv`;
  place.write(manifest, "path,folder\na.png,F\n");
  const { code, stderr } = await place.qgfx("apply", manifest, "--yes");
  expect(code).toBe(2);
  expect(stderr).toContain("NAME_TOO_LONG");
  expect(await place.held()).toEqual([]);
  const elsewhere = await place.qgfx("apply", manifest, "--yes", "--results", "ids.csv");
  expect(elsewhere.code).toBe(0);
});

it.each([["plan"], ["apply", "--yes"], ["apply", "--yes", "--shard", "1/1"]])(
  "refuses too long a name for --results before it sends: %s %s %s",
  async (...command) => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write("m.csv", "path,folder\na.png,F\n");
    const longest = `${"a".repeat(command.includes("--shard") ? 245 : 260)}.csv`;
    const run = await place.qgfx(...command, "m.csv", "--results", longest);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("NAME_TOO_LONG");
    expect(run.stderr).toContain("give --results a shorter name");
    expect(await place.held()).toEqual([]);
  },
);

it("prints no line that a CI system takes for a command", async () => {
  const place = await openWorkplace({
    script: { version: 1, faults: [{ upload: 2, play: { kind: "answer", status: 400 } }] },
  });
  const hostile = ["::error::a", " ::warning::b", "##[error]c", "x ##vso[task.complete]d"];
  const rows = hostile.map((name, index) => {
    place.write(`${index}.png`, png(index));
    return `${index}.png,${name},${name},::notice::own`;
  });
  rows.push("::error file=x::gone.png,n,F,");
  const header = "path,name,folder,own";
  place.write("bad.csv", [header, ...rows, ""].join("\n"));
  place.write("m.csv", [header, ...rows.slice(0, -1), ""].join("\n"));
  const commands = [
    ["validate", "bad.csv"],
    ["validate", "bad.csv", "--json"],
    ["plan", "m.csv"],
    ["plan", "m.csv", "--json"],
    ["apply", "m.csv", "--yes"],
    ["apply", "m.csv", "--yes", "--json"],
    ["explain", "m.csv", "2"],
    ["history", "m.csv"],
    ["results", "m.csv", "--format", "urls"],
    ["results", "m.csv", "--format", "json"],
    ["results", "m.csv", "--format", "html"],
    ["results", "m.csv", "--format", "question"],
    ["results", "m.csv", "--format", "loop-merge", "--group-by", "own", "--columns", "name"],
  ];
  for (const command of commands) {
    const { stdout, stderr } = await place.qgfx(...command);
    expect(stdout + stderr, command.join(" ")).not.toMatch(/^\s*::|##(\[|vso\[)/m);
  }
  const names = JSON.parse((await place.qgfx("plan", "m.csv", "--json")).stdout).actions;
  expect(names.map(({ name }: { name: string }) => name.trim())).toEqual(
    hostile.map((name) => name.trim()),
  );
  expect(escapeText("a :: b ## c #[ d")).toBe("a :: b ## c #[ d");
  expect(JSON.parse(printJson(hostile))).toEqual(hostile);
});

it("divides lines between words on a narrow terminal, and leaves pipes and commands alone", () => {
  const time = "2026-01-01T00:00:00Z";
  const event = {
    ...{ version: 1, time, event: "item.finished", line: 12, folder: "Seasons" },
    ...{ name: "a tulip in the morning", status: "failed", graphicId: null },
    error: "the service refused the image: unsupported",
  } as unknown as Parameters<typeof formatEvent>[0];
  const line = formatEvent(event, PLAIN) ?? "";
  const wrapped = wrapFor({ isTTY: true, columns: 40 }, line);
  for (const part of wrapped.split("\n")) expect(part.length).toBeLessThanOrEqual(40);
  expect(wrapped.split(/\s+/)).toEqual(line.split(/\s+/));
  expect(wrapFor({ columns: 40 }, line)).toBe(line);
  const hint =
    "    check --library (`qgfx libraries` lists yours), then run the same command again";
  for (const part of wrapFor({ isTTY: true, columns: 40 }, hint).split("\n")) {
    expect(part.length).toBeLessThanOrEqual(40);
  }
  const command = "    $ qgfx plan summer.csv --host fra1.qualtrics.com --library UR_3xAmpLe12345";
  expect(wrapFor({ isTTY: true, columns: 40 }, command)).toBe(command);
});
