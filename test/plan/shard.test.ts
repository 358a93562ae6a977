import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatShard, isInShard, parseShard, shardIndexOf } from "../../src/plan/shard.ts";

const place = fc.record({ folder: fc.string({ unit: "binary" }), name: fc.string() });

describe("the split", () => {
  it("gives every address to exactly one shard", () => {
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 1000 }), (address, count) => {
        const shards = Array.from({ length: count }, (_, index) => ({ index: index + 1, count }));
        const mine = shards.filter((shard) => isInShard(address, shard));
        expect(mine).toEqual([{ index: shardIndexOf(address, count), count }]);
      }),
    );
  });

  // An address that changes its shard from one version to the next is uploaded by both.
  it.each([
    [{ folder: "Summer", name: "a" }, [1, 1, 1, 1, 1, 37, 421]],
    [{ folder: "Summer", name: "b.png" }, [1, 2, 1, 4, 4, 52, 212]],
    [{ folder: "Größe", name: "Übersicht – 名前 🌞.jpg" }, [1, 1, 1, 1, 6, 5, 45]],
    [{ folder: "Uncategorized", name: "" }, [1, 1, 1, 1, 5, 57, 353]],
  ])("never changes: %j", (address, expected) => {
    expect([1, 2, 3, 4, 7, 64, 1000].map((count) => shardIndexOf(address, count))).toEqual(
      expected,
    );
  });

  it.each([
    ["one folder, numbered names", (n: number) => ({ folder: "F", name: `img_${n}.png` })],
    ["numbered folders, one name", (n: number) => ({ folder: `Trial ${n}`, name: "stimulus" })],
    ["two digits in both", (n: number) => ({ folder: `${n % 100}`, name: `${(n / 100) | 0}` })],
  ])("is even within a tenth for 20,000 addresses: %s", (_, at) => {
    for (const count of [2, 3, 4, 8, 16]) {
      const sizes = new Array(count).fill(0);
      for (let n = 0; n < 20_000; n += 1) sizes[shardIndexOf(at(n), count) - 1] += 1;
      const fair = 20_000 / count;
      expect(Math.min(...sizes)).toBeGreaterThan(fair * 0.9);
      expect(Math.max(...sizes)).toBeLessThan(fair * 1.1);
    }
  });

  it("tells folder and name apart", () => {
    const counts = [7, 11, 13, 64, 1000];
    const of = (folder: string, name: string) =>
      counts.map((count) => shardIndexOf({ folder, name }, count));
    expect(of("ab", "c")).not.toEqual(of("a", "bc"));
  });
});

describe("K/N", () => {
  it.each(["1/1", "2/4", "1000/1000"])("%s is read, and written alike", (text) => {
    const shard = parseShard(text);
    expect(shard && formatShard(shard)).toBe(text);
  });

  it.each(["", "2", "0/4", "5/4", "2/0", "1/1001", "-1/4", "2/4/8", "1.5/4", " 1/4", "a/b", "1/"])(
    "'%s' is refused",
    (text) => {
      expect(parseShard(text)).toBeUndefined();
    },
  );
});
