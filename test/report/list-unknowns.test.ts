import { expect, it } from "vitest";
import { listUnknowns } from "../../src/report/resolution.ts";
import { anUnknown } from "../plan/samples.ts";

const place = (name: string) => ({ folder: "F", name });
const rows = [
  { ...place("a"), line: 2 },
  { ...place("b"), line: 3 },
];
const unknowns = [
  anUnknown({ ...place("gone"), error: "reset" }),
  anUnknown({ ...place("theirs"), ownedByManifest: false }),
  anUnknown({ ...place("b"), ownedByManifest: false }),
  anUnknown(place("a")),
];

it("lists those at rows in the rows' order, then the manifest's own whose rows are gone", () => {
  const listed = listUnknowns(rows, unknowns, { isShard: false });
  expect(listed.map(({ name, line }) => [name, line])).toEqual([
    ["a", 2],
    ["b", 3],
    ["gone", null],
  ]);
  expect(listed.at(-1)).toEqual({ ...place("gone"), line: null, error: "reset" });
});

it("lists those at rows alone for a shard", () => {
  const listed = listUnknowns(rows, unknowns, { isShard: true });
  expect(listed.map(({ name }) => name)).toEqual(["a", "b"]);
});
