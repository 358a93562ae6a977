import { expect, it } from "vitest";
import { png } from "../../support/pictures.ts";
import { workbook } from "../../support/workbook.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const HEADER = ["path", "name", "folder"];

/** A picture for each name; the service refuses B once. */
async function openPlace(): Promise<Workplace> {
  const play = { kind: "answer", status: 400, code: "E_1", message: "no good" } as const;
  const faults = [{ name: "B", times: 1, play }];
  const place = await openWorkplace({ script: { version: 1, faults } });
  for (const [index, name] of ["A", "B", "C"].entries()) place.write(`${name}.png`, png(index));
  return place;
}

function rowsOf(...names: string[]): string[][] {
  return [HEADER, ...names.map((name) => [`${name}.png`, name, "F"])];
}

function csv(...names: string[]): string {
  return rowsOf(...names)
    .map((row) => `${row.join(",")}\n`)
    .join("");
}

function yaml(...names: string[]): string {
  const rows = names.map((name) => `  - {path: ${name}.png, name: ${name}, folder: F}\n`);
  return `version: 1\ngraphics:\n${rows.join("")}`;
}

async function orphans(place: Workplace, ...manifest: string[]): Promise<string[]> {
  const { stdout } = await place.qgfx("plan", ...manifest, "--json");
  const { actions } = JSON.parse(stdout) as { actions: { action: string; name: string }[] };
  return actions.flatMap(({ action, name }) => (action === "orphan" ? name : []));
}

async function names(place: Workplace): Promise<string[]> {
  return (await place.held()).map(({ name }) => name).sort();
}

it("is the manifest that had the row, not its neighbour of the same name", async () => {
  const place = await openPlace();
  place.write("s.yaml", yaml("C"));
  place.write("s.csv", csv("A", "B"));
  await place.qgfx("apply", "s.yaml", "--yes");
  expect(await place.qgfx("apply", "s.csv", "--yes")).toMatchObject({ code: 3 });
  expect(await place.qgfx("apply", "s.retry.csv", "--yes")).toMatchObject({ code: 0 });
  expect(await orphans(place, "s.yaml")).toEqual([]);
  expect((await place.qgfx("prune", "s.yaml", "--yes")).stdout).toBe("nothing to delete\n");
  expect(await names(place)).toEqual(["A", "B", "C"]);
  place.write("s.csv", csv("A"));
  expect(await orphans(place, "s.csv")).toEqual(["B"]);
  expect((await place.qgfx("prune", "s.csv", "--yes")).stdout).toBe("1 deleted\n");
  expect(await names(place)).toEqual(["A", "C"]);
});

it("is the sheet of a workbook that had the row", async () => {
  const place = await openPlace();
  const write = (...ofTwo: string[]) => {
    const sheets = [
      { name: "One", rows: rowsOf("C") },
      { name: "Two.5", rows: rowsOf(...ofTwo) },
    ];
    place.write("w.xlsx", workbook(sheets));
  };
  write("A", "B");
  const [one, two] = [
    ["w.xlsx", "--sheet", "One"],
    ["w.xlsx", "--sheet", "Two.5"],
  ] as const;
  await place.qgfx("apply", ...one, "--yes");
  expect(await place.qgfx("apply", ...two, "--yes")).toMatchObject({ code: 3 });
  expect(await place.qgfx("apply", "w.retry.csv", "--yes")).toMatchObject({ code: 0 });
  write("A");
  expect(await orphans(place, ...one)).toEqual([]);
  expect(await orphans(place, ...two)).toEqual(["B"]);
});

it("is nobody where two manifests had the row: hidden is safer than deleted", async () => {
  const place = await openPlace();
  place.write("s.csv", csv("A", "B"));
  await place.qgfx("apply", "s.csv", "--yes");
  const retrySheet = place.read("s.retry.csv");
  place.write("s.yaml", yaml("B"));
  expect(await place.qgfx("apply", "s.yaml", "--yes")).toMatchObject({ code: 0 });
  expect(await place.qgfx("undo", "s.yaml", "--yes")).toMatchObject({ code: 0 });
  place.write("s.retry.csv", retrySheet);
  expect(await place.qgfx("apply", "s.retry.csv", "--yes")).toMatchObject({ code: 0 });
  place.write("s.csv", csv("A"));
  place.write("s.yaml", yaml("C"));
  expect(await orphans(place, "s.csv")).toEqual([]);
  expect(await orphans(place, "s.yaml")).toEqual([]);
});

it("is the only manifest of that name that was ever applied, whatever the row was called", async () => {
  const place = await openPlace();
  place.write("s.csv", csv("A", "B"));
  await place.qgfx("apply", "s.csv", "--yes");
  place.write("s.retry.csv", place.read("s.retry.csv").replace("B.png,B,", "B.png,B2,"));
  await place.qgfx("apply", "s.retry.csv", "--yes");
  expect(await orphans(place, "s.csv")).toEqual([]);
  place.write("s.csv", csv("A"));
  expect(await orphans(place, "s.csv")).toEqual(["B2"]);
  place.write("s.yaml", yaml("A"));
  expect(await orphans(place, "s.yaml")).toEqual([]);
});
