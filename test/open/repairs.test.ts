import { expect, it } from "vitest";
import { checkManifest } from "../../src/manifest/check-manifest.ts";
import type { ParsedManifest } from "../../src/manifest/manifest.ts";
import { parseManifest } from "../../src/manifest/parse-manifest.ts";
import { problemsOf } from "../../src/open/check-sheet.ts";
import { Draft } from "../../src/open/draft.ts";
import { listRepairs, repairDraft } from "../../src/open/repair-sheet.ts";

const CSV = 'path,name,note\na.png," A",x\nb.png;B;y\n"c.png","C ",z\n';

async function load(bytes: Uint8Array): Promise<ParsedManifest> {
  const { manifest, diagnostics } = await parseManifest("m.csv", bytes, {});
  return { manifest, diagnostics: [...diagnostics, ...(manifest ? checkManifest(manifest) : [])] };
}

const CHECKS = { load, inspect: load };

it("shows problems at their cells, and makes the one repair that is asked for", async () => {
  const draft = await Draft.open("m.csv", Buffer.from(CSV));
  const [a = 0] = draft.now.ids;
  const { diagnostics } = await load(draft.now.bytes);
  const problems = problemsOf(draft.now, diagnostics);
  const blank = problems.find(({ row, repair }) => row === a && repair !== null);
  expect(blank).toMatchObject({ line: 2, column: 1, code: "BLANK_AT_EDGE" });
  const one = diagnostics[blank?.repair ?? -1];
  const change = await repairDraft(draft, 1, CHECKS, one);
  expect(change.changed).toMatchObject([{ id: a, name: "A" }]);
  expect(Buffer.from(draft.now.bytes).toString()).toBe(CSV.replace('" A"', '"A"'));
  await expect(repairDraft(draft, 1, CHECKS, one)).rejects.toMatchObject({ code: "STALE" });
  draft.undo(2);
  expect(Buffer.from(draft.now.bytes).toString()).toBe(CSV);
});

it("lists all repairs, and makes them as one", async () => {
  const draft = await Draft.open("m.csv", Buffer.from(CSV));
  const ids = draft.now.ids;
  const { changes, revision } = await listRepairs(draft, CHECKS);
  expect(revision).toBe(1);
  expect(changes.map(({ line, field, to }) => [line, field, to])).toEqual([
    [2, "name", "A"],
    [3, null, "b.png | B | y"],
    [4, "name", "C"],
  ]);
  const change = await repairDraft(draft, 1, CHECKS);
  expect(Buffer.from(draft.now.bytes).toString()).toBe(
    'path,name,note\na.png,"A",x\nb.png,B,y\n"c.png","C",z\n',
  );
  expect(draft.now.ids).toEqual(ids);
  expect(change.head.undo).toBe("3 repairs");
  await expect(repairDraft(draft, 2, CHECKS)).rejects.toMatchObject({ code: "REPAIR_GONE" });
});

it("repairs the encoding of a sheet that could not be read, and undoes that", async () => {
  const latin1 = Buffer.from("path,name\na.png,M\xfcnchen\nb.png,K\xf6ln\n", "latin1");
  const draft = await Draft.open("m.csv", latin1);
  expect(draft.document()).toMatchObject({ rows: [], problem: { code: "MANIFEST_ENCODING" } });
  await repairDraft(draft, 1, CHECKS);
  expect(draft.document()).toMatchObject({ problem: null });
  expect(draft.document().rows.map(({ name }) => name)).toEqual(["M\u00fcnchen", "K\u00f6ln"]);
  draft.undo(2);
  expect(draft.document()).toMatchObject({ rows: [], problem: { code: "MANIFEST_ENCODING" } });
});
