import { linkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { png } from "../../support/pictures.ts";
import { BIN, start } from "../../support/program.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const ROWS = 12;

function writeRows(place: Workplace, paths: readonly string[]): void {
  place.write("m.csv", ["path,folder", ...paths.map((path) => `${path},F`), ""].join("\n"));
}

const LEDGERS = [
  { where: "in .qgfx", args: [], lock: ".qgfx/ledger.db.lock" },
  { where: "elsewhere", args: ["--ledger", "m.db"], lock: "m.db.lock" },
];

it.each(LEDGERS)(
  "a picture that becomes a link to the lock lets no second run in: ledger $where",
  async ({ args, lock }) => {
    const place = await openWorkplace({
      script: { version: 1, latencyMs: 50, faults: [{ upload: 6, play: { kind: "stall" } }] },
    });
    const paths = Array.from({ length: ROWS }, (_, index) => `${index}.png`);
    for (const [index, path] of paths.entries()) place.write(path, png(index));
    writeRows(place, paths);
    const apply = ["apply", "m.csv", "--yes", "--concurrency", "1", ...args];
    const env = place.env;
    // It never gets an answer to its sixth upload.
    const { child, ended } = start(process.execPath, [BIN, ...apply, "--json"], {
      cwd: place.dir,
      env,
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
      const event = JSON.parse(line);
      if (event.event === "item.started" && event.path === "0.png") {
        rmSync(join(place.dir, "4.png"));
        linkSync(join(place.dir, lock), join(place.dir, "4.png"));
      }
      if (event.event === "item.finished" && event.path === "4.png") {
        expect(event.error).toContain("a file of qgfx's own record");
        break;
      }
    }
    rmSync(join(place.dir, "4.png"));
    place.write("4.png", png(4));
    expect(await place.qgfx(...apply)).toMatchObject({ code: 7, stdout: "" });
    child.kill("SIGKILL");
    await ended;
    const names = (await place.held()).map(({ name }) => name);
    expect(names).toEqual(["0.png", "1.png", "2.png", "3.png", "5.png"]);
  },
);

it.each(LEDGERS)("names the ledger's own files in the manifest: ledger $where", async (ledger) => {
  const { args, lock } = ledger;
  const place = await openWorkplace();
  place.write("a.png", png(1));
  writeRows(place, ["a.png"]);
  expect(await place.qgfx("apply", "m.csv", "--yes", ...args)).toMatchObject({ code: 0 });
  linkSync(join(place.dir, lock), join(place.dir, "lock.png"));
  writeRows(place, ["a.png", lock, "lock.png"]);
  const run = await place.qgfx("apply", "m.csv", "--yes", ...args);
  expect(run).toMatchObject({ code: 2, stdout: "" });
  expect(run.stderr.match(/FILE_RESERVED/g)?.length).toBeGreaterThan(0);
  const { stdout } = await place.qgfx("validate", "m.csv", "--json", ...args);
  const codes = JSON.parse(stdout).diagnostics.map(({ code }: { code: string }) => code);
  expect(codes).toEqual(["FILE_RESERVED", "FILE_RESERVED"]);
});
