import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { png } from "../../support/pictures.ts";
import { runCli } from "../../support/run-cli.ts";
import { openWorkplace } from "../../support/workplace.ts";

it("writes the same results again from the ledger alone, even without the pictures", async () => {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("b.png", png(2));
  place.write("m.csv", "path,name,folder\na.png,A,Summer\nb.png,B,Summer\n");
  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  const before = place.read("m.results.csv");
  rmSync(join(place.dir, "m.results.csv"));
  rmSync(join(place.dir, "a.png"));
  const { code } = await runCli(place.dir, ["results", "m.csv"]);
  expect(code).toBe(0);
  expect(place.read("m.results.csv")).toBe(before);
});
