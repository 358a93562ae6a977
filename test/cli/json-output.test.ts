import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { runEventSchema } from "../../src/execute/events.ts";
import { planDocumentSchema } from "../../src/plan/plan-document.ts";
import { accountSchema, diagnosisSchema, librariesSchema } from "../../src/report/account.ts";
import { exportDocumentSchema, resultsWrittenSchema } from "../../src/report/export-formats.ts";
import {
  type Failure,
  failureSchema,
  validationSchema,
} from "../../src/report/manifest-documents.ts";
import { resolutionSchema } from "../../src/report/resolution.ts";
import { verificationSchema } from "../../src/report/verification.ts";
import { png } from "../support/pictures.ts";
import { runCli } from "../support/run-cli.ts";
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

/** Every command that takes a manifest, with what it needs besides. */
const OF_MANIFEST = [
  "plan",
  "apply",
  "results",
  "resolve",
  "verify",
  "history",
  "prune --replaced",
  "undo",
  "adopt --from ids.json",
  "merge",
  "explain",
];

/** All of them, each as it is called on a manifest. */
const COMMANDS = [
  ...OF_MANIFEST.map((command) => `${command} FILE${command === "explain" ? " 2" : ""}`),
  "validate FILE",
  "validate FILE --fix",
  "show FILE",
  "doctor FILE",
  "fill FILE",
];

/** Nothing is known of a service: no host, no token, no library. */
const NOWHERE = {
  QUALTRICS_BASE_URL: "",
  QUALTRICS_API_KEY: "",
  QUALTRICS_LIBRARY_ID: "",
};

describe("--json of a command that fails", () => {
  async function openFaulty(): Promise<Workplace> {
    const place = await openApplied();
    place.write("ids.json", '{"A": "IM_0123456789abcde"}');
    place.write("bad.csv", "path,name,folder\nnone.png,A,F\n,B,F\n");
    return place;
  }

  /** What is printed, which is one line. */
  function failureIn({ code, stdout }: { code: number; stdout: string }, args: string): Failure {
    expect(stdout.split("\n"), `${args}: ${stdout}`).toHaveLength(2);
    const failure = failureSchema.parse(JSON.parse(stdout));
    expect(failure.error.exitCode, args).toBe(code);
    return failure;
  }

  it.each(COMMANDS)("says so where the file is not there: %s", async (command) => {
    const place = await openFaulty();
    const args = command.replace("FILE", "none.csv");
    const ran = await place.qgfx(...args.split(" "), "--json");
    expect(ran.code, ran.stderr).toBe(2);
    const { error } = failureIn(ran, args);
    expect(ran.stderr).toContain(`error ${error.code}: ${error.message}`);
    if (error.hint !== null) expect(ran.stderr).toContain(error.hint);
  });

  it.each(["plan", "apply", "adopt --from ids.json"])(
    "holds every problem of a manifest with errors: %s",
    async (command) => {
      const place = await openFaulty();
      const [name = "", ...rest] = command.split(" ");
      const ran = await place.qgfx(name, "bad.csv", ...rest, "--json");
      expect(ran.code).toBe(2);
      const { error, diagnostics = [] } = failureIn(ran, command);
      expect(error.code).toBe("MANIFEST_INVALID");
      const validated = await place.qgfx("validate", "bad.csv", "--json");
      expect(diagnostics).toEqual(validationSchema.parse(JSON.parse(validated.stdout)).diagnostics);
      expect(diagnostics.map(({ code }) => code)).toContain("FILE_NOT_FOUND");
    },
  );

  it.each(OF_MANIFEST)(
    "prints JSON of a manifest with errors whatever the command: %s",
    async (command) => {
      const place = await openFaulty();
      const [name = "", ...rest] = command.split(" ");
      const ran = await place.qgfx(
        name,
        "bad.csv",
        ...rest,
        ...(name === "explain" ? ["2"] : []),
        "--json",
      );
      expect(ran.code, ran.stderr).toBe(2);
      failureIn(ran, command);
    },
  );

  it.each(["plan m.csv", "apply m.csv --yes", "whoami", "libraries", "prune m.csv --replaced"])(
    "says that there is no host: %s",
    async (args) => {
      const place = await openFaulty();
      const ran = await runCli(place.dir, [...args.split(" "), "--json"], NOWHERE);
      expect(ran.code, ran.stderr).toBe(2);
      failureIn(ran, args);
    },
  );

  it.each([
    "plan m.csv --rate many",
    "apply m.csv --concurrency 0",
    "apply m.csv --tokens",
    "apply",
    "results m.csv --format pdf",
    "validate m.csv --rat",
    "sandbox --port x",
    "upload m.csv",
    "verify m.csv --token=s3cr3t0123456789",
  ])("tells of wrong usage: %s", async (args) => {
    const place = await openFaulty();
    const ran = await place.qgfx(...args.split(" "), "--json");
    expect(ran.code).toBe(2);
    const { error } = failureIn(ran, args);
    expect(error).toMatchObject({ code: "USAGE", message: expect.stringMatching(/^[^\n]+$/) });
    expect(ran.stderr).toContain(error.message);
    expect(ran.stdout).not.toContain("s3cr3t");
  });

  it("says that nobody agreed", async () => {
    const place = await openFaulty();
    const ran = await place.qgfx("apply", "m.csv", "--json");
    expect(ran.code).toBe(4);
    expect(failureIn(ran, "apply").error.code).toBe("NOT_CONFIRMED");
  });

  it("prints nothing but the document of a command that succeeds", async () => {
    const place = await openFaulty();
    const { code, stdout } = await place.qgfx("plan", "m.csv", "--json", "--detailed-exitcode");
    expect(code).toBe(6);
    planDocumentSchema.parse(JSON.parse(stdout));
  });
});

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
});
