import { z } from "zod";
import { PRINTED, text, textOrNull } from "../plan/printed-fields.ts";

const { version } = PRINTED;

/** What `qgfx whoami --json` prints. */
export const accountSchema = z
  .strictObject({
    version,
    brandId: textOrNull("The brand"),
    userId: textOrNull("The user; also the id of the personal library"),
    userName: textOrNull("The login"),
    accountType: textOrNull("The service's own type"),
    firstName: textOrNull("First name"),
    lastName: textOrNull("Last name"),
    email: textOrNull("E-mail address"),
    datacenter: textOrNull("Data center of the account; the host to use may be another"),
  })
  .describe(
    "`qgfx whoami --json`: the account a token belongs to. `null` is what the service left out.",
  );

/** What `qgfx libraries --json` prints. */
export const librariesSchema = z
  .strictObject({
    version,
    libraries: z
      .array(
        z.strictObject({
          libraryId: text("What `--library` takes"),
          libraryName: text("Its name"),
        }),
      )
      .describe("Every library the token can reach"),
  })
  .describe("`qgfx libraries --json`.");

/** What `qgfx setup --json` prints. */
export const setupDocumentSchema = z
  .strictObject({
    version,
    file: text("Where it is kept, readable by this user alone"),
    host: textOrNull("Address of the account; `null` where nothing is kept"),
    library: textOrNull("Library id"),
    hasToken: z.boolean().describe("Whether a token is kept; it is never printed"),
    keyedLibraries: z
      .array(
        z.strictObject({
          host: text("Address of the service"),
          library: text("Library id"),
          foundAt: text("When a probe found that keys work there"),
        }),
      )
      .optional()
      .describe("Libraries that uploads are sent to with an `Idempotency-Key`; absent if none"),
  })
  .describe("`qgfx setup --json`, with `--show` or `--forget` too: what is kept for this user.");

/** One thing that must be right before an upload can succeed. */
const checkSchema = z.strictObject({
  check: z
    .enum(["node", "host", "clock", "token", "library", "keys", "disk", "ledger"])
    .describe("What was checked; `keys` only where uploads are sent with an `Idempotency-Key`"),
  status: z
    .enum(["ok", "warning", "failed", "skipped"])
    .describe("`skipped`: it depends on a check that failed"),
  message: text("What was found"),
  hint: textOrNull("What to do; `null` where nothing is to be done"),
});

/** What `qgfx doctor --json` prints. */
export const diagnosisSchema = z
  .strictObject({
    version,
    checks: z.array(checkSchema).describe("One for each thing that must be right"),
  })
  .describe(
    "`qgfx doctor --json`: what an upload depends on, checked. Exit code 2 where a check failed.",
  );

export type Account = z.infer<typeof accountSchema>;
export type Libraries = z.infer<typeof librariesSchema>;
export type SetupDocument = z.infer<typeof setupDocumentSchema>;
export type Check = z.infer<typeof checkSchema>;
export type Diagnosis = z.infer<typeof diagnosisSchema>;

const findingSchema = z.strictObject({
  line: text("What was tried"),
  status: z
    .enum(["answered", "skipped", "no-answer"])
    .describe("`skipped`: not agreed to, or not reached; `no-answer`: sent, and nothing came back"),
  found: z.array(z.string()).describe("What came of it, in words"),
  facts: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .describe("The same for programs"),
});

/** What `qgfx doctor --probe --json` prints. */
export const probeSchema = z
  .strictObject({
    version: PRINTED.version,
    qgfx: text("Version that asked"),
    madeAt: z.iso.datetime().describe("When"),
    lines: z.array(findingSchema).describe("One for each line, in their order"),
    settings: z
      .array(
        z.strictObject({
          option: text("The option, as it is given"),
          reason: text("Why"),
        }),
      )
      .describe("What follows for the options of `apply`"),
    left: z
      .array(z.strictObject({ graphicId: PRINTED.graphicId, name: PRINTED.name }))
      .describe("Graphics of the probe that could not be deleted"),
    unknown: z
      .array(z.string())
      .describe("Names of uploads without an answer: they may be in the folder of the probe"),
    report: text("The report file, which names no graphic"),
    sendsKeys: z
      .literal(true)
      .optional()
      .describe(
        "`true` where uploads to the library are sent with an `Idempotency-Key` from now on",
      ),
  })
  .describe(
    "`qgfx doctor --probe --json`: how the service answers where that is not known. Its texts have no token, host, library and brand; `left` is not in the report file.",
  );

export type ProbeDocument = z.infer<typeof probeSchema>;
export type Finding = z.infer<typeof findingSchema>;

/** How a report begins. */
export const REPORT_TITLE = "# How a Qualtrics account answers";

/** The report as Markdown, to be shared: no id is in it. */
export function formatProbeReport(document: Omit<ProbeDocument, "report">): string {
  const { qgfx, madeAt, lines, settings, left, unknown } = document;
  const parts = lines.map((one) => [`## ${one.line}`, "", ...foundOf(one)].join("\n"));
  const follow = settings.map(({ option, reason }) => `- \`${option}\`: ${reason}`);
  return `${[
    REPORT_TITLE,
    `qgfx ${qgfx}, ${madeAt.slice(0, 10)}. Made by \`qgfx doctor --probe\`; token, host, library, brand and ids are left out.`,
    ...parts,
    "## Settings that follow",
    follow.length > 0 ? follow.join("\n") : "None: the defaults fit what was found.",
    ...(left.length + unknown.length > 0
      ? [`${left.length} images could not be deleted, ${unknown.length} uploads got no answer.`]
      : []),
  ].join("\n\n")}\n`;
}

function foundOf({ status, found, facts }: Finding): string[] {
  if (status === "skipped") return ["Not tried."];
  const said = found.map((text) => `- ${escapeMarkdown(text)}`);
  const json = Object.keys(facts).length > 0 ? ["", "```json", JSON.stringify(facts), "```"] : [];
  return [...said, ...json];
}

/** Texts of the service are shown as they are. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_<>[\]#|~]/g, "\\$&");
}
