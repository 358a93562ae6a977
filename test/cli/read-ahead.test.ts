import { describe, expect, it } from "vitest";
import { ReadAhead } from "../../src/cli/apply/read-ahead.ts";
import { uploads } from "../execute/samples.ts";
import { plannedRow } from "../support/planned-row.ts";

const LIMITS = { batchRows: 2, batchBytes: 100, rows: 4, bytes: 1_000 };

function reader(rows: ReturnType<typeof uploads>, limits = LIMITS) {
  const batches: number[][] = [];
  const ahead = new ReadAhead(
    rows,
    (batch) => {
      batches.push(batch.map(({ row }) => row.line));
      return batch.map(async ({ row }) => row.line);
    },
    limits,
  );
  return { ahead, batches };
}

describe("pictures that are read ahead", () => {
  it("are each read once and given to the row that asks", async () => {
    const rows = uploads(9);
    const { ahead, batches } = reader(rows);
    const given = [];
    for (const row of rows) given.push(await ahead.take(row));
    expect(given).toEqual(rows.map(({ line }) => line));
    expect(batches.flat()).toEqual(given);
  });

  it("are no more rows than are allowed, and a batch", () => {
    const rows = uploads(20);
    const { ahead, batches } = reader(rows);
    for (const row of rows.slice(0, 3)) void ahead.take(row);
    expect(batches).toEqual([
      [2, 3],
      [4, 5],
      [6, 7],
      [8, 9],
    ]);
  });

  it("are no more bytes than are allowed, but one picture always", async () => {
    const rows = uploads(4).map((row) => plannedRow({ ...row, bytes: 600 }));
    const { ahead, batches } = reader(rows);
    await ahead.take(rows[0] ?? fail());
    expect(batches).toEqual([[2], [3]]);
    await ahead.take(rows[1] ?? fail());
    expect(batches).toEqual([[2], [3], [4]]);
  });

  it("end nothing when they cannot be read and nobody asks", async () => {
    const rows = uploads(2);
    const ahead = new ReadAhead(
      rows,
      (batch) => batch.map(async ({ row }) => Promise.reject(new Error(`line ${row.line}`))),
      LIMITS,
    );
    await expect(ahead.take(rows[0] ?? fail())).rejects.toThrow("line 2");
    await new Promise((resolve) => setImmediate(resolve));
  });
});

function fail(): never {
  throw new Error("no such row");
}
