import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

it("docs/decisions/0009-dependencies.md has each dependency, and no other", () => {
  const { optionalDependencies, devDependencies } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  );
  const page = readFileSync(join(ROOT, "docs/decisions/0009-dependencies.md"), "utf8");
  const firstCells = [...page.matchAll(/^\| (`.+?) \|/gm)].map(([, cell = ""]) => cell);
  const peers = /^`sharp`.*$/m.exec(page)?.[0] ?? "";
  const named = [...firstCells, peers].flatMap((text) => [...text.matchAll(/`([^` ]+)`/g)]);
  const names = new Set(named.map(([, name = ""]) => name));
  const wanted = Object.keys({ ...optionalDependencies, ...devDependencies });
  expect([...names].sort()).toEqual(wanted.sort());
});
