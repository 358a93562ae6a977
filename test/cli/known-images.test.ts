import { createHash } from "node:crypto";
import { readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { Database } from "../../src/ledger/database.ts";
import { readKnownImages, writeKnownImages } from "../../src/ledger/known-images.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

/** Longer than a file must have been left alone before it is known again. */
const SETTLED_MS = 2_100;

async function summaryOf(place: Workplace, manifest = "m.csv"): Promise<Record<string, number>> {
  const run = await place.qgfx("plan", manifest, "--json");
  expect(run.stderr).toBe("");
  return JSON.parse(run.stdout).summary;
}

function known(place: Workplace, manifest = "../m.csv") {
  return [...readKnownImages(join(place.dir, ".qgfx/ledger.db"), manifest)];
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Two pictures, uploaded and then known: one that settled before a run, one that has not. */
async function openKnown(): Promise<Workplace> {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("m.csv", "path,folder\na.png,F\nb.png,F\n");
  await delay(SETTLED_MS);
  place.write("b.png", png(2));
  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  return place;
}

it("notes what it looked into, but not of a file that just changed, and looks no more", async () => {
  const place = await openKnown();
  const [only, ...others] = known(place);
  expect(only).toMatchObject({ path: "a.png", image: { sha256: sha256(png(1)) } });
  expect(others).toEqual([]);
  expect(await summaryOf(place)).toMatchObject({ unchanged: 2, replace: 0 });

  // Only the ledger's word can make this difference: the file is as it was.
  if (!only) return;
  const other = { ...only, image: { ...only.image, sha256: sha256(png(3)) } };
  const database = new Database(join(place.dir, ".qgfx/ledger.db"), "rw");
  writeKnownImages(database, "../m.csv", [other]);
  database.close();
  expect(await summaryOf(place)).toMatchObject({ unchanged: 1, replace: 1 });

  // What is sent is read and hashed whatever the ledger says.
  const held = await place.held();
  expect((await place.qgfx("apply", "m.csv", "--yes")).code).toBe(3);
  expect(await place.held()).toEqual(held);
});

it("sees a picture change that keeps its size and its date", async () => {
  const place = await openKnown();
  const file = join(place.dir, "a.png");
  const { atime, mtime, size } = statSync(file);
  place.write("a.png", png(3));
  utimesSync(file, atime, mtime);
  expect(statSync(file).size).toBe(size);
  expect(await summaryOf(place)).toMatchObject({ unchanged: 1, replace: 1 });
  place.write("a.png", png(1));
  expect(await summaryOf(place)).toMatchObject({ unchanged: 2, replace: 0 });
});

it("keeps what it knows by manifest, and keeps it up to date", async () => {
  const place = await openKnown();
  place.write("other.csv", "path,folder\nb.png,G\n");
  await delay(SETTLED_MS);
  expect((await place.qgfx("apply", "other.csv", "--yes")).code).toBe(0);
  expect(known(place, "../other.csv").map(({ path }) => path)).toEqual(["b.png"]);
  expect(known(place).map(({ path }) => path)).toEqual(["a.png"]);
  // A run that has nothing to do leaves the ledger as it is; one that writes knows the rest.
  expect((await place.qgfx("apply", "m.csv", "--yes")).code).toBe(0);
  expect(known(place).map(({ path }) => path)).toEqual(["a.png"]);
  place.write("c.png", png(3));
  place.write("m.csv", "path,folder\na.png,F\nb.png,F\nc.png,F\n");
  expect((await place.qgfx("apply", "m.csv", "--yes")).code).toBe(0);
  expect(known(place).map(({ path }) => path)).toEqual(["a.png", "b.png"]);
});

it("creates nothing to plan and to validate", async () => {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("m.csv", "path,folder\na.png,F\n");
  for (const command of ["plan", "validate"]) {
    expect((await place.qgfx(command, "m.csv")).code).toBe(0);
  }
  expect(readdirSync(place.dir).sort()).toEqual(["a.png", "m.csv"]);
});
