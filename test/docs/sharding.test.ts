import { expect, it } from "vitest";
import { readPage, walk } from "../support/page.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace } from "../support/workplace.ts";

it("docs/sharding.md shows what each part and the merge print", async () => {
  const place = await openWorkplace();
  for (const [index, name] of ["sun", "rain", "snow", "wood"].entries()) {
    place.write(`${name}.png`, png(index + 1));
  }
  for (const step of readPage("sharding.md").steps) await walk(place, step);
  expect(await place.held()).toHaveLength(4);
});
