import { expect, it } from "vitest";
import { png } from "../../support/pictures.ts";
import { openWorkplace } from "../../support/workplace.ts";

it("does not send a picture that changed after the plan was made; the next run does", async () => {
  const place = await openWorkplace({ script: { version: 1, latencyMs: 400 } });
  for (const index of [1, 2, 3]) place.write(`${index}.png`, png(index));
  place.write("m.csv", "path,folder\n1.png,F\n2.png,F\n3.png,F\n");

  const applying = place.qgfx("apply", "m.csv", "--yes", "--concurrency", "1");
  await expect.poll(async () => (await place.held()).length).toBeGreaterThan(0);
  place.write("3.png", png(99));
  const { code, stderr } = await applying;

  expect(code).toBe(3);
  expect(stderr).toContain("line 4, F/3.png: 3.png changed after the plan was made");
  expect((await place.held()).map(({ name }) => name)).toEqual(["1.png", "2.png"]);
  expect(place.read("m.results.csv")).toMatch(/^3\.png,F,failed,,,,,,3\.png changed after/m);

  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  expect(await place.held()).toHaveLength(3);
});
