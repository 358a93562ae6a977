import { z } from "zod";
import { UserError } from "../user-error.ts";

const milliseconds = z.int().min(0).max(3_600_000);
const uploadNumber = z.int().positive();

const notStored = z.boolean().default(false).describe("Whether the graphic is stored all the same");

/** How `Retry-After` is written (RFC 9110 §10.2.3): as seconds, or as the date that many seconds ahead. */
const retryAfterSchema = z.strictObject({
  form: z
    .enum(["seconds", "date"])
    .default("seconds")
    .describe("How it is written; `seconds` if absent"),
  seconds: z.int().min(0).max(86_400).describe("How long"),
});

const playSchema = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z
        .literal("answer")
        .describe("`answer`: answers with that status; a 2xx of a stored graphic holds its id"),
      status: z.int().min(200).max(599).describe("`answer`: the HTTP status"),
      store: notStored,
      code: z.string().optional().describe("`answer`: the service's code"),
      message: z.string().optional().describe("`answer`: the service's message"),
      retryAfter: retryAfterSchema.optional().describe("`answer`: the `Retry-After` header"),
      notice: z.string().optional().describe("`answer`: `meta.notice`"),
      warning: z
        .strictObject({
          code: z.string().optional().describe("`meta.warning.warningCode`"),
          message: z.string().describe("`meta.warning.warningMessage`"),
        })
        .optional()
        .describe("`answer`: `meta.warning`, of a 2xx"),
      // As a URL is sent, so in ASCII.
      location: z
        .url({ normalize: true })
        .optional()
        .describe("`answer`: the `Location` header, for a 3xx"),
    }),
    z.strictObject({
      kind: z.literal("delay").describe("`delay`: waits, then does what it would have done"),
      delayMs: milliseconds.describe("`delay`: how long, in ms"),
    }),
    z.strictObject({
      kind: z.literal("reset").describe("`reset`: ends the connection"),
      at: z
        .enum(["before-body", "half-body", "after-body", "after-store", "half-answer"])
        .describe(
          "`reset`: it ends with nothing of the body read, with half, with all of it but nothing stored, with the graphic stored and no answer (a lost id), or half-way through the answer (stored)",
        ),
      how: z
        .enum(["reset", "close"])
        .default("reset")
        .describe("`reset`: `reset` sends RST, `close` FIN"),
    }),
    z.strictObject({
      kind: z.literal("id").describe("`id`: stores and answers 200 with a wrong id"),
      id: z
        .enum(["missing", "odd", "repeated"])
        .describe("`id`: none, one of another shape, or the id of an earlier graphic"),
    }),
    z.strictObject({
      kind: z.literal("garbage").describe("`garbage`: answers 200 with a body that is not JSON"),
      store: z.boolean().default(true).describe("Whether the graphic is stored all the same"),
    }),
    z.strictObject({
      kind: z
        .literal("alter")
        .describe("`alter`: stores other bytes than were sent and answers as usual"),
      how: z
        .enum(["re-encode", "other"])
        .describe("`alter`: the same image written anew, or another image"),
    }),
    z.strictObject({
      kind: z.literal("stall").describe("`stall`: never answers, and keeps the connection"),
      store: notStored,
    }),
  ],
  { error: "expected a kind of answer, delay, reset, id, garbage, alter or stall" },
);

/** What a fault does. */
export type Play = z.output<typeof playSchema>;
export type BodyReset = Extract<Play, { kind: "reset" }>;

/** Whether it plays before the body is read to its end, so before the display name is known. */
export function playsInBody(play: Play): play is BodyReset {
  return play.kind === "reset" && (play.at === "before-body" || play.at === "half-body");
}

/** One fault: when (all that is given must fit), how often, and what. */
const faultSchema = z
  .strictObject({
    upload: z
      .union([uploadNumber, z.array(uploadNumber).min(1)], {
        error: "expected an upload's number, counted from 1, or a list of them",
      })
      .optional()
      .describe("Plays on the n-th upload since the start, counted from 1, or on several"),
    name: z.string().optional().describe("Plays on exactly this display name"),
    probability: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe(
        "Plays with this probability, drawn from the script's seed and the upload's number",
      ),
    times: z.int().positive().optional().describe("Plays at most so often"),
    play: playSchema.describe("What happens"),
  })
  .refine((fault) => (fault.upload ?? fault.name ?? fault.probability) !== undefined, {
    message: "expected 'upload', 'name' or 'probability' to say when it plays",
  })
  .refine((fault) => fault.name === undefined || !playsInBody(fault.play), {
    message:
      "a reset within the body comes before its name is known: use 'upload' or 'probability'",
    path: ["name"],
  });

/** A bad day for the sandbox to play: `qgfx sandbox --script FILE` reads it as JSON. */
export const faultScriptSchema = z
  .strictObject({
    version: z.literal(1).describe("Version of this format"),
    seed: z
      .int()
      .default(0)
      .describe("For the probabilities: the same seed draws the same; 0 if absent"),
    latencyMs: milliseconds.default(0).describe("Before every answer of the API, in ms"),
    rateLimit: z
      .strictObject({
        perMinute: z.int().positive().describe("Uploads a minute"),
        burst: z
          .int()
          .positive()
          .optional()
          .describe("Uploads at once; a second's worth if absent"),
        retryAfter: z
          .enum(["seconds", "date", "none"])
          .default("seconds")
          .describe("Form of `Retry-After`; `seconds` if absent"),
      })
      .optional()
      .describe("Uploads beyond it get 429"),
    nameQuotes: z
      .enum(["percent", "backslash"])
      .optional()
      .describe(
        "How a filename is read: `percent` undoes `%22` and keeps backslashes, `backslash` undoes those and keeps `%22`; `percent` if absent",
      ),
    sameName: z
      .enum(["keep", "warn"])
      .optional()
      .describe(
        "A second graphic of one name and folder: taken (`keep`, if absent), with a warning (`warn`)",
      ),
    idempotencyKey: z
      .enum(["ignore", "honor"])
      .optional()
      .describe(
        "Whether a second upload with the same `Idempotency-Key` to the same library gets the first one's id, or 422 where its form is another; `ignore` if absent",
      ),
    graphicsList: z
      .boolean()
      .optional()
      .describe("Whether `GET …/graphics` lists all; not if absent"),
    moreTypes: z
      .array(z.string().regex(/^image\/[a-z0-9.+-]+$/))
      .optional()
      .describe("Types that are taken beside PNG, JPEG and GIF, as `image/webp`"),
    maxBytes: z
      .int()
      .positive()
      .max(32 * 1024 * 1024)
      .optional()
      .describe("The largest graphic; 5 MiB if absent"),
    deletedAgain: z
      .enum(["missing", "done"])
      .optional()
      .describe(
        "The answer to the deletion of a deleted graphic: 404 (`missing`, if absent) or 200 (`done`)",
      ),
    visibleAfterMs: milliseconds.optional().describe("A graphic can be seen so much later, in ms"),
    faults: z.array(faultSchema).default([]).describe("The first that fits plays"),
  })
  .describe(
    "What you give to `qgfx sandbox --script`; [rehearsal.md](rehearsal.md) shows examples.",
  );

/** As a person writes it: what has a default may be left out. */
export type FaultScript = z.input<typeof faultScriptSchema>;
/** With the defaults filled in. */
export type CheckedFaultScript = z.output<typeof faultScriptSchema>;
export type Fault = CheckedFaultScript["faults"][number];

/** Reads a script's JSON text; throws `UserError` BAD_FAULT_SCRIPT naming the place. `file` is for the message. */
export function parseFaultScript(text: string, file: string): CheckedFaultScript {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badScript(`'${file}' is not JSON: ${reason}`);
  }
  return checkFaultScript(value, `'${file}'`);
}

/** Checks a script and fills in its defaults; throws `UserError` BAD_FAULT_SCRIPT for the first thing wrong. */
export function checkFaultScript(value: unknown, source = "the fault script"): CheckedFaultScript {
  const checked = faultScriptSchema.safeParse(value);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  const place = issue?.path.length ? `, at ${issue.path.join(".")}` : "";
  throw badScript(`${source} is no fault script${place}: ${issue && describeIssue(issue)}`);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `unknown key '${issue.keys.join("', '")}'`;
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
}

function badScript(message: string): UserError {
  return new UserError("BAD_FAULT_SCRIPT", message, {
    hint: "write it as schemas/fault-script.schema.json says",
  });
}
