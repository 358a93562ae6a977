import { describe, expect, it } from "vitest";
import { finder, nextFound, replaceIn } from "../../src/web/app/tools/find-replace.ts";
import { renameAll, unknownPlaceholders } from "../../src/web/app/tools/rename-pattern.ts";

describe("find and replace", () => {
  const cells = [
    ["Tulip", "Spring"],
    ["tulip.png", "a.b"],
    ["Rose", "tulips"],
  ];
  const cellAt = (row: number, column: number) => cells[row]?.[column] ?? "";
  const extent = { rows: 3, columns: 2 };
  const find = (text: string, matchesCase = false) => {
    const found = finder({ text, matchesCase });
    if (!found) throw new Error("nothing to find");
    return found;
  };

  it("goes on from a cell and comes round", () => {
    const at = (row: number, column: number, backward = false) =>
      nextFound(cellAt, extent, { row, column }, find("tulip"), backward);
    expect(at(0, 0)).toEqual({ row: 1, column: 0 });
    expect(at(2, 1)).toEqual({ row: 0, column: 0 });
    expect(at(0, 0, true)).toEqual({ row: 2, column: 1 });
    expect(nextFound(cellAt, extent, { row: 0, column: 0 }, find("oak"))).toBeNull();
    const only = nextFound(cellAt, extent, { row: 2, column: 0 }, find("Rose", true));
    expect(only).toEqual({ row: 2, column: 0 });
  });

  it("takes what is looked for, and what takes its place, as plain text", () => {
    expect(replaceIn("a.b axb", find("a.b"), "$&")).toBe("$& axb");
    expect(replaceIn("Tulip tulip", find("tulip"), "Rose")).toBe("Rose Rose");
    expect(replaceIn("Tulip tulip", find("tulip", true), "Rose")).toBe("Tulip Rose");
    expect(finder({ text: "", matchesCase: false })).toBeUndefined();
  });
});

describe("renaming by a pattern", () => {
  const rows = [
    { name: "Tulip.PNG", path: "in/tulip.png", folder: "Spring" },
    { name: "No. 5", path: "in/five.jpeg", folder: "" },
  ];

  it("fills in what each row has, counting from a start", () => {
    expect(renameAll(rows, "{folder}-{nnn}-{name}{ext}", 9)).toEqual([
      "Spring-009-Tulip.PNG",
      "-010-No. 5.jpeg",
    ]);
    expect(renameAll(rows, "{file} {n}", 1)).toEqual(["tulip 1", "five 2"]);
  });

  it("keeps what is not a placeholder, and tells of what looks like one", () => {
    expect(renameAll(rows.slice(0, 1), "{nmae} $& {name}", 1)).toEqual(["{nmae} $& Tulip"]);
    expect(unknownPlaceholders("{nmae} {name} {}")).toEqual(["{nmae}", "{}"]);
    expect(unknownPlaceholders("{nn}_{file}{ext}")).toEqual([]);
  });
});
