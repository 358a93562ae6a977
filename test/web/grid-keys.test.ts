import { describe, expect, it } from "vitest";
import { commandOf, type Key, screenCommandOf } from "../../src/web/app/grid/keys.ts";
import {
  areaOf,
  cellCount,
  move,
  selectAll,
  selectCell,
  within,
} from "../../src/web/app/grid/selection.ts";

const EXTENT = { rows: 100, columns: 6 };

function press(key: string, ...held: ("ctrl" | "meta" | "shift" | "alt")[]): Key {
  return {
    key,
    ctrlKey: held.includes("ctrl"),
    metaKey: held.includes("meta"),
    shiftKey: held.includes("shift"),
    altKey: held.includes("alt"),
  };
}

describe("a key on a cell", () => {
  it.each([
    ["Enter", [], "edit"],
    ["F2", [], "edit"],
    ["Delete", [], "clear"],
    ["Delete", ["ctrl"], "remove-rows"],
    ["d", ["ctrl"], "fill-down"],
    ["D", ["meta"], "fill-down"],
    ["z", ["ctrl"], "undo"],
    ["Z", ["ctrl", "shift"], "redo"],
    ["y", ["ctrl"], "redo"],
    [" ", [], "large-picture"],
    ["?", ["shift"], "keys"],
    ["Enter", ["alt"], "repair"],
    ["Escape", [], "leave"],
  ] as const)("%s with %j", (key, held, command) => {
    expect(commandOf(press(key, ...held))).toEqual({ do: command });
  });

  it("moves, with Ctrl to the end, with Shift taking cells along", () => {
    expect(commandOf(press("ArrowDown"))).toEqual({ do: "move", how: "down", extends: false });
    expect(commandOf(press("End", "ctrl", "shift"))).toEqual({
      do: "move",
      how: "grid-end",
      extends: true,
    });
  });

  it("types what is a character, and leaves to the browser what is not its own", () => {
    expect(commandOf(press("ä"))).toEqual({ do: "type", text: "ä" });
    expect(commandOf(press("😀"))).toEqual({ do: "type", text: "😀" });
    for (const key of ["Tab", "Shift", "F5"]) expect(commandOf(press(key))).toBeUndefined();
    for (const key of ["c", "v", "x", "r", "t"]) {
      expect(commandOf(press(key, "ctrl"))).toBeUndefined();
    }
    expect(commandOf(press("ArrowLeft", "alt"))).toBeUndefined();
  });

  it("acts anywhere on the screen where it is about the whole sheet", () => {
    expect(screenCommandOf(press("s", "ctrl"))).toBe("save");
    expect(screenCommandOf(press("F8"))).toBe("next-problem");
    expect(screenCommandOf(press("s"))).toBeUndefined();
  });
});

describe("the selection", () => {
  it("stays within the cells there are", () => {
    expect(move(selectCell(0, 0), "up", EXTENT, 20, false)).toEqual(selectCell(0, 0));
    expect(move(selectCell(95, 5), "page-down", EXTENT, 20, false)).toEqual(selectCell(99, 5));
    expect(within(selectCell(99, 5), { rows: 3, columns: 2 })).toEqual(selectCell(2, 1));
    expect(within(selectCell(0, 0), { rows: 0, columns: 2 })).toEqual(selectCell(0, 0));
  });

  it("grows from its anchor in any direction", () => {
    const grown = move(selectCell(5, 3), "first", EXTENT, 20, true);
    expect(areaOf(grown)).toEqual({ top: 0, left: 3, bottom: 5, right: 3 });
    expect(cellCount(areaOf(grown))).toBe(6);
    expect(cellCount(areaOf(selectAll(EXTENT)))).toBe(600);
  });
});
