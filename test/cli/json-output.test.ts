import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { runEventSchema } from "../../src/execute/events.ts";
import { planDocumentSchema } from "../../src/plan/plan-document.ts";
import { accountSchema, diagnosisSchema, librariesSchema } from "../../src/report/account.ts";
import { exportDocumentSchema, resultsWrittenSchema } from "../../src/report/export-formats.ts";
import { validationSchema } from "../../src/report/manifest-documents.ts";
import { resolutionSchema } from "../../src/report/resolution.ts";
import { verificationSchema } from "../../src/report/verification.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

/** Commands, in an order in which each finds what it needs, and the schema of what they print. */
const DOCUMENTS: readonly [args: string, schema: z.ZodType][] = [
  ["validate m.csv", validationSchema],
  ["plan m.csv", planDocumentSchema],
  ["plan m.csv --out m.plan", planDocumentSchema],
  ["show m.plan", planDocumentSchema],
  ["results m.csv", resultsWrittenSchema],
  ["results m.csv --format urls", exportDocumentSchema],
  ["resolve m.csv", resolutionSchema],
  ["resolve m.csv --absent all", resolutionSchema],
  ["verify m.csv", verificationSchema],
  ["whoami", accountSchema],
  ["libraries", librariesSchema],
  ["doctor m.csv", diagnosisSchema],
];

/** Three pictures applied: one lost its answer, one has a warning; and one more to come. */
async function openApplied(): Promise<Workplace> {
  const lost = { name: "B", play: { kind: "reset", at: "after-store" } } as const;
  const place = await openWorkplace({ script: { version: 1, faults: [lost] } });
  place.write("a.png", png(1));
  place.write("b.png", png(2));
  place.write("m.csv", "path,name,folder\na.png,A,F\nb.png,B,\n");
  return place;
}

describe("--json", () => {
  it("prints one event a line for apply, whatever happens on the way", async () => {
    const place = await openApplied();
    const { code, stdout } = await place.qgfx("apply", "m.csv", "--yes", "--json");
    expect(code).toBe(5);
    const lines = stdout.split("\n");
    expect(lines.pop()).toBe("");
    for (const line of lines) runEventSchema.parse(JSON.parse(line));
  });

  it("prints one document and nothing else for every other command", async () => {
    const place = await openApplied();
    await place.qgfx("apply", "m.csv", "--yes");
    for (const [args, schema] of DOCUMENTS) {
      const { stdout } = await place.qgfx(...args.split(" "), "--json");
      expect(() => schema.parse(JSON.parse(stdout)), args).not.toThrow();
    }
  });

  it("leaves stdout empty where a command has nothing to say", async () => {
    const place = await openApplied();
    for (const args of ["verify none.csv", "plan none.csv", "show m.csv", "results m.csv"]) {
      const { code, stdout, stderr } = await place.qgfx(...args.split(" "), "--json");
      expect({ code, stdout }, args).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^error [A-Z_]+: /m);
    }
  });
});
