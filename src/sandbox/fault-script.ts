import { z } from "zod";
import { UserError } from "../user-error.ts";

const milliseconds = z.int().min(0).max(3_600_000);
const probability = z.number().min(0).max(1);
const uploadNumber = z.int().positive();

/** How `Retry-After` is written (RFC 9110 §10.2.3): as seconds, or as the date that many seconds ahead. */
const retryAfterSchema = z.strictObject({
  form: z.enum(["seconds", "date"]).default("seconds"),
  seconds: z.int().min(0).max(86_400),
});

const answerSchema = z.strictObject({
  kind: z.literal("answer"),
  status: z.int().min(200).max(599),
  /** Whether the graphic is stored all the same; a 2xx then holds its id. */
  store: z.boolean().default(false),
  code: z.string().optional(),
  message: z.string().optional(),
  retryAfter: retryAfterSchema.optional(),
  /** `meta.notice`. */
  notice: z.string().optional(),
  /** `Location`, for a 3xx; as a URL is sent, so in ASCII. */
  location: z.url({ normalize: true }).optional(),
});

/** Waits, then does what it would have done. */
const delaySchema = z.strictObject({ kind: z.literal("delay"), delayMs: milliseconds });

/**
 * Ends the connection: with nothing of the body read, with half, with all but nothing stored, with the graphic
 * stored and no answer (a lost id), or half-way through the answer (stored).
 */
const resetSchema = z.strictObject({
  kind: z.literal("reset"),
  at: z.enum(["before-body", "half-body", "after-body", "after-store", "half-answer"]),
  /** `reset` sends RST, `close` FIN. */
  how: z.enum(["reset", "close"]).default("reset"),
});

/** Stores and answers 200, with no id, one of another shape, or the id of an earlier graphic. */
const idSchema = z.strictObject({
  kind: z.literal("id"),
  id: z.enum(["missing", "odd", "repeated"]),
});

/** Answers 200 with a body that is no JSON. */
const garbageSchema = z.strictObject({
  kind: z.literal("garbage"),
  store: z.boolean().default(true),
});

/** Stores other bytes than were sent and answers as usual: the same picture written anew, or another picture. */
const alterSchema = z.strictObject({
  kind: z.literal("alter"),
  how: z.enum(["re-encode", "other"]),
});

/** Never answers, and keeps the connection. */
const stallSchema = z.strictObject({
  kind: z.literal("stall"),
  store: z.boolean().default(false),
});

const playSchema = z.discriminatedUnion(
  "kind",
  [answerSchema, delaySchema, resetSchema, idSchema, garbageSchema, alterSchema, stallSchema],
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
    /** The n-th POST to a graphics route since the start, 1-based; several are a list. */
    upload: z
      .union([uploadNumber, z.array(uploadNumber).min(1)], {
        error: "expected an upload's number, counted from 1, or a list of them",
      })
      .optional(),
    /** The display name, exactly. */
    name: z.string().optional(),
    /** Drawn for each upload from the script's seed and the upload's number. */
    probability: probability.optional(),
    /** Plays at most this often. */
    times: z.int().positive().optional(),
    play: playSchema,
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
export const faultScriptSchema = z.strictObject({
  version: z.literal(1),
  /** For the probabilities: the same seed draws the same. */
  seed: z.int().default(0),
  /** Before every answer of the API. */
  latencyMs: milliseconds.default(0),
  /** Uploads beyond it get 429. */
  rateLimit: z
    .strictObject({
      perMinute: z.int().positive(),
      /** How many at once; a second's worth where it is not given. */
      burst: z.int().positive().optional(),
      retryAfter: z.enum(["seconds", "date", "none"]).default("seconds"),
    })
    .optional(),
  /** The first that fits plays. */
  faults: z.array(faultSchema).default([]),
});

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
