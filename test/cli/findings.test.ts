import { expect, it } from "vitest";
import { parseFindings } from "../../src/jobs/resolve.ts";

const ID = "IM_abcdefghijk";
const unknown = (line: number | null, folder: string, name: string) => ({
  ...{ line, folder, name },
  error: "reset",
});

it("names an upload by its line or its folder and name, whatever signs the name holds", () => {
  const odd = unknown(null, "F/G", "a=b=1");
  const row = unknown(7, "F", "7");
  const landed = [`F/G/a=b=1=${ID}`];
  expect(parseFindings({ landed, absent: ["7"] }, [row, odd])).toEqual([
    { unknown: odd, graphicId: ID },
    { unknown: row, graphicId: undefined },
  ]);
  expect(parseFindings({ landed: [], absent: ["F/7"] }, [row, odd])).toMatchObject([
    { unknown: row },
  ]);
});

it("refuses what may be more than one", () => {
  const alike = [unknown(null, "a/b", "c"), unknown(null, "a", "b/c")];
  expect(() => parseFindings({ landed: [], absent: ["a/b/c"] }, alike)).toThrow(
    "a/b/c may be any of 2 unknown uploads",
  );
  const sameLine = [unknown(4, "F", "a"), unknown(4, "F", "b")];
  expect(() => parseFindings({ landed: [`4=${ID}`], absent: [] }, sameLine)).toThrow(
    "line 4 may be any of 2 unknown uploads",
  );
});
