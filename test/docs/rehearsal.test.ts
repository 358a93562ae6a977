import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseFaultScript } from "../../src/sandbox/fault-script.ts";
import { comparable, splitWords } from "../support/page.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace } from "../support/workplace.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/rehearsal.md"), "utf8");
const MANIFEST = /```csv summer\.csv\n(.*?)```/s.exec(PAGE)?.[1] ?? "";

/** The page's examples: a heading, a script, and commands with what they print. */
const EXAMPLES = PAGE.split(/^## /m)
  .slice(1)
  .map((section) => ({
    heading: section.split("\n")[0] ?? "",
    script: /```json bad-day\.json\n(.*?)```/s.exec(section)?.[1] ?? "",
    commands: (/```console\n(.*?)```/s.exec(section)?.[1] ?? "").split(/^\$ /m).slice(1),
  }));

describe("docs/rehearsal.md", () => {
  it.each(EXAMPLES)("prints what it says: $heading", async ({ script, commands }) => {
    const place = await openWorkplace({ script: parseFaultScript(script, "bad-day.json") });
    place.write("summer.csv", MANIFEST);
    for (const [index, name] of ["sun", "rain", "lake", "wood"].entries()) {
      place.write(`${name}.png`, png(index));
    }
    expect(commands.length).toBeGreaterThan(0);
    for (const shown of commands) {
      const [line = "", ...output] = shown.split("\n");
      const [, command = "", exitCode] = /^qgfx (.*?) {2}# (\d+)$/.exec(line) ?? [];
      const { code, stdout, stderr } = await place.qgfx(...splitWords(command));
      expect(comparable(stderr + stdout), command).toEqual(comparable(output.join("\n")));
      expect(code, command).toBe(Number(exitCode));
    }
  });

  it("shows every kind of fault there is", () => {
    const kinds = ["answer", "delay", "reset", "id", "garbage", "alter", "stall"];
    for (const kind of kinds) expect(PAGE).toMatch(new RegExp(`"kind": "${kind}"|\`${kind}\``));
  });
});
