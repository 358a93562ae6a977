import { expect, it } from "vitest";
import { z } from "zod";
import { Database } from "../../src/ledger/database.ts";
import { IN_MEMORY } from "../../src/ledger/driver.ts";

// Node 22.13 to 22.18, 23 and 24.0 bind no `?1`: there each of these fails without what `Database` does about it.
it.each([
  ["numbered", "SELECT ?1 AS a, ?2 AS b", "xy"],
  ["numbered in another order", "SELECT ?2 AS a, ?1 AS b", "yx"],
  ["named twice", "SELECT ?1 AS a, ?1 || ?2 || ?1 AS b", "xxyx"],
  ["without a number behind one that has one", "SELECT ?1 AS a, ? AS b", "xy"],
  ["without numbers", "SELECT ? AS a, ? AS b", "xy"],
])("gives parameters their values: %s", (_what, sql, expected) => {
  const database = new Database(IN_MEMORY, "rwc");
  const rows = database.all(z.object({ a: z.string(), b: z.string() }), sql, ["x", "y"]);
  expect(rows.map(({ a, b }) => a + b)).toEqual([expected]);
  expect(database.has(`${sql} WHERE ?1 = 'x'`, ["x", "y"])).toBe(true);
  database.close();
});
