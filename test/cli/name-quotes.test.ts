import { describe, expect, it } from "vitest";
import { explanationSchema } from "../../src/report/ledger-documents.ts";
import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const NAME = 'say "hi" \\ there';

async function openWith(script: Partial<FaultScript> = {}): Promise<Workplace> {
  const place = await openWorkplace({ script: { version: 1, ...script } });
  place.write("a.png", png(1));
  place.write("b.png", png(2));
  place.write("m.csv", `path,name,folder\na.png,"${NAME.replaceAll('"', '""')}",F\nb.png,B,F\n`);
  return place;
}

async function sentAs(place: Workplace, line: number): Promise<unknown[]> {
  const { stdout } = await place.qgfx("explain", "m.csv", String(line), "--json");
  return explanationSchema.parse(JSON.parse(stdout)).runs.map(({ nameQuotes }) => nameQuotes);
}

describe("--name-quotes", { timeout: 120_000 }, () => {
  it.each([
    ["percent" as const, []],
    ["percent" as const, ["--name-quotes", "percent"]],
    ["backslash" as const, ["--name-quotes", "backslash"]],
  ])(
    "sends a name as a service that undoes %s reads it, and records that: %j",
    async (nameQuotes, options) => {
      const place = await openWith({ nameQuotes });
      const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes", ...options);
      expect(code).toBe(0);
      expect(stderr).toContain("NAME_QUOTES");
      expect((await place.held()).map(({ name }) => name).sort()).toEqual(["B", NAME]);
      expect(await sentAs(place, 2)).toEqual([nameQuotes]);
      expect(await sentAs(place, 3)).toEqual([undefined]);
      const { stdout } = await place.qgfx("explain", "m.csv", "2");
      expect(stdout).toContain(
        nameQuotes === "percent"
          ? "(new), sent with quotes as %22"
          : "(new), sent with a backslash",
      );
    },
  );

  it("is recorded of an upload that got no answer, and of its retry", async () => {
    const lost = { kind: "reset" as const, at: "after-store" as const };
    const place = await openWith({ faults: [{ name: NAME, times: 1, play: lost }] });
    expect((await place.qgfx("apply", "m.csv", "--yes")).code).toBe(5);
    expect(await sentAs(place, 2)).toEqual(["percent"]);
    const retry = ["--unknown", "retry", "--name-quotes", "backslash"];
    expect((await place.qgfx("apply", "m.csv", "--yes", ...retry)).code).toBe(0);
    expect(await sentAs(place, 2)).toEqual(["percent", "backslash"]);
  });

  it("stands in a saved plan, and is not given again beside it", async () => {
    const place = await openWith({ nameQuotes: "backslash" });
    const saved = ["--out", "m.plan.json", "--name-quotes", "backslash"];
    expect((await place.qgfx("plan", "m.csv", ...saved)).code).toBe(0);
    const again = await place.qgfx("apply", "m.plan.json", "--yes", "--name-quotes", "percent");
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("OPTION_CONFLICT: --name-quotes");
    expect((await place.qgfx("apply", "m.plan.json", "--yes")).code).toBe(0);
    expect((await place.held()).map(({ name }) => name)).toContain(NAME);
  });

  it("refuses another form", async () => {
    const place = await openWith();
    const { code, stderr } = await place.qgfx("plan", "m.csv", "--name-quotes", "html");
    expect(code).toBe(2);
    expect(stderr).toContain("percent, backslash");
  });
});

describe("what the service warns of", { timeout: 120_000 }, () => {
  const warning = { code: "OVER_1", message: "an existing file\u001b[31m was overwritten" };
  const faults = [
    { name: "B", play: { kind: "answer" as const, status: 200, store: true, warning } },
  ];

  it("is shown beside the upload, and stays in the ledger", async () => {
    const place = await openWith({ faults });
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(0);
    const [line = ""] = stderr.split("\n").filter((text) => text.includes("uploaded F/B"));
    expect(line).toMatch(
      /^uploaded F\/B IM_\w+; Qualtrics warns: HTTP 200 OVER_1: an existing file\S+\[31m was overwritten \(request id [0-9a-f-]+\)$/,
    );
    expect(line).not.toContain("\u001b");
    const { stdout } = await place.qgfx("explain", "m.csv", "3");
    expect(stdout).toMatch(/uploaded, IM_\w+; Qualtrics warns: HTTP 200 OVER_1: an existing file/);
    const shown = await place.qgfx("explain", "m.csv", "3", "--json");
    const [run] = explanationSchema.parse(JSON.parse(shown.stdout)).runs;
    expect(run).toMatchObject({ status: "uploaded", error: null });
    expect(run?.attempts).toMatchObject([{ result: "uploaded", errorCode: "OVER_1" }]);
    expect(place.read("m.results.csv")).not.toContain("OVER_1");
  });

  it("is the event's, and nothing stands there where there is none", async () => {
    const place = await openWith({ faults });
    const { stdout } = await place.qgfx("apply", "m.csv", "--yes", "--json");
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const warnings = events
      .filter(({ event }) => event === "item.finished")
      .map(({ name, warning: said }) => [name, said]);
    expect(Object.fromEntries(warnings)).toEqual({
      [NAME]: null,
      B: expect.stringContaining("OVER_1: an existing file"),
    });
  });

  it("has a line of its own in a large run", async () => {
    const place = await openWith({ faults });
    const rows = Array.from({ length: 205 }, (_, index) => {
      place.write(`${index}.png`, png(index));
      return `${index}.png,${index === 7 ? "B" : `row ${index}`},F`;
    });
    place.write("m.csv", `path,name,folder\n${rows.join("\n")}\n`);
    const { stderr } = await place.qgfx("apply", "m.csv", "--yes", "--rate", "100000");
    const lines = stderr.split("\n").filter((line) => line.startsWith("uploaded "));
    expect(lines).toEqual([expect.stringMatching(/^uploaded F\/B IM_\w+; Qualtrics warns: /)]);
    expect(stderr).toContain("205 of 205 uploaded");
  });
});
