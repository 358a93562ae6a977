import { expect, it } from "vitest";
import { png } from "../../support/pictures.ts";
import { openWorkplace } from "../../support/workplace.ts";

const SHEET = "path,name,folder\na.png,A,F\nb.png,B,F\n";

/** Where an older copy of results may be put back, and whether a row has another name by now. */
it.each([
  ["m.results.csv", SHEET],
  ["m.retry.results.csv", SHEET],
  ["m.results.shard-1-of-2.csv", SHEET],
  ["m.results.csv", SHEET.replace(",B,", ",Bee,")],
  ["m.results.shard-1-of-2.csv", SHEET.replace(",B,", ",Bee,")],
])(
  "an id that was deleted does not come back with an older copy, put at %s",
  async (name, sheet) => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write("b.png", png(2));
    place.write("m.csv", SHEET);
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
    const old = place.read("m.results.csv");
    const [, deleted = ""] = /^b\.png.*(IM_\w+),http/m.exec(old) ?? [];
    place.write("m.csv", "path,name,folder\na.png,A,F\n");
    expect(await place.qgfx("prune", "m.csv", "--yes")).toMatchObject({ code: 0 });
    expect((await place.held()).map(({ id }) => id)).not.toContain(deleted);

    place.write("m.csv", sheet);
    place.write(name, old);
    const plan = await place.qgfx("plan", "m.csv", "--json");
    expect(plan.code, plan.stderr).toBe(0);
    const { actions } = JSON.parse(plan.stdout) as { actions: { action: string; path: string }[] };
    expect(actions.map(({ action, path }) => [action, path])).toEqual([
      ["unchanged", "a.png"],
      ["create", "b.png"],
    ]);
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
    const results = place.read("m.results.csv");
    expect(results).not.toContain(deleted);
    const held = (await place.held()).map(({ id }) => id);
    expect(results.match(/IM_\w+(?=,http)/g)?.sort()).toEqual(held.sort());
  },
);
