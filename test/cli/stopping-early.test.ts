import { expect, it } from "vitest";
import { png } from "../support/pictures.ts";
import { runCli } from "../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const ROWS = 60;

function writeRows(place: Workplace): void {
  const rows = Array.from({ length: ROWS }, (_, index) => `${index}.png,${index},Summer`);
  for (const index of rows.keys()) place.write(`${index}.png`, png(index));
  place.write("m.csv", `path,name,folder\n${rows.join("\n")}\n`);
}

function statuses(place: Workplace): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, status = ""] of place.read("m.results.csv").matchAll(/,Summer,([a-z-]+),/g)) {
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return counts;
}

it("the first answer that the library is unknown stops the run, exit 8", async () => {
  const place = await openWorkplace();
  writeRows(place);
  const env = { ...place.env, QUALTRICS_LIBRARY_ID: "UR_NotThere0001" };
  const args = ["apply", "m.csv", "--yes", "--concurrency", "2"];
  const { code, stderr } = await runCli(place.dir, args, env);
  expect(code).toBe(8);
  expect(stderr.match(/^stopped: .*library/gm)).toHaveLength(1);
  expect(stderr).toContain("qgfx libraries");
  expect(statuses(place).get("failed")).toBeLessThanOrEqual(2);
  expect(statuses(place).get("not-run")).toBeGreaterThanOrEqual(ROWS - 2);
});

it("so does one that the user may not use it", async () => {
  const play = { kind: "answer", status: 403, code: "AuthZ_2.0" } as const;
  const place = await openWorkplace({ script: { version: 1, faults: [{ probability: 1, play }] } });
  writeRows(place);
  const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes", "--concurrency", "1");
  expect(code).toBe(8);
  expect(stderr).toContain("ask for access to the library");
  expect(statuses(place)).toEqual(
    new Map([
      ["failed", 1],
      ["not-run", ROWS - 1],
    ]),
  );
});

it("twenty lost answers in a row stop the run, and the next one goes on", async () => {
  const play = { kind: "answer", status: 500, store: true } as const;
  const faults = [{ probability: 1, play }];
  const place = await openWorkplace({ script: { version: 1, faults } });
  writeRows(place);
  const args = ["apply", "m.csv", "--yes", "--concurrency", "1"];
  const { code, stderr } = await place.qgfx(...args);
  expect(code).toBe(5);
  expect(stderr).toMatch(/^stopped: 20 uploads in a row got no answer/m);
  expect(statuses(place)).toEqual(
    new Map([
      ["unknown", 20],
      ["not-run", ROWS - 20],
    ]),
  );
});
