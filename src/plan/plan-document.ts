import { z } from "zod";
import { NAME_QUOTES } from "../manifest/manifest.ts";
import { isSent } from "./decide-action.ts";
import { type Action, actionSchema } from "./planned-row.ts";
import {
  count,
  PRINTED,
  type PrintedTarget,
  printTarget,
  targetSchema,
  text,
  textOrNull,
} from "./printed-fields.ts";
import { addressKey } from "./recorded.ts";
import { parseShard } from "./shard.ts";

/** How many rows of each kind, and how many bytes the uploads hold together. */
export const planSummarySchema = z
  .strictObject({
    create: count("Rows to upload for the first time"),
    unchanged: count("Rows that need nothing"),
    replace: count("Rows to upload again, under a new id"),
    orphan: count("Recorded graphics that no row names"),
    unknown: count("Uploads that got no answer"),
    bytes: count("Bytes to send"),
  })
  .describe("Counts");

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * What `plan --out` adds to the plan: everything that decides what the plan says, so that apply can tell
 * whether it still holds. Paths are relative to the plan's own folder, with `/`, so that both can move together.
 */
const savedPlanSchema = z
  .strictObject({
    qgfx: text("Version that saved it"),
    savedAt: z.iso.datetime().describe("When"),
    manifestPath: text("The manifest"),
    manifestSha256: sha256.describe("Hash of the manifest's bytes"),
    recordedSha256: sha256.describe("Hash of what the ledger held for this manifest"),
    baseUrl: textOrNull("The service; `null` for the built-in sandbox"),
    folder: textOrNull("`--folder`"),
    sheet: textOrNull("`--sheet`"),
    encoding: z.string().optional().describe("`--encoding`"),
    ledger: text("The ledger"),
    results: text("The results file"),
    shard: z
      .string()
      .refine((text) => parseShard(text) !== undefined)
      .nullable()
      .describe("The part it is about, `K/N`; `null` for the whole manifest"),
    root: text("What images must lie under"),
    maxBytes: z.int().positive().describe("Size of the largest image that is taken"),
    unknown: z
      .enum(["hold", "repeat", "retry"])
      .describe(
        "`--unknown`; `repeat`: it was not given, and uploads that got no answer are asked for again with the same key, where that is safe",
      ),
    share: z
      .boolean()
      .describe("Whether `--share` was given: rows with the same bytes share one id"),
    nameQuotes: z.enum(NAME_QUOTES).optional().describe("`--name-quotes`; `percent` if absent"),
  })
  .describe("What the plan is bound to; its paths are relative to the plan");

/** The part of a saved plan that binds it to what it was made from. */
export type SavedPlan = z.infer<typeof savedPlanSchema>;

/** What `qgfx plan --json` prints, and with `saved` what `qgfx plan --out` writes. */
export const planDocumentSchema = z
  .strictObject({
    version: PRINTED.version,
    manifest: PRINTED.manifest,
    target: targetSchema,
    summary: planSummarySchema,
    actions: z
      .array(actionSchema)
      .describe(
        "The rows in manifest order, then the orphans, then uploads that got no answer and whose row is gone",
      ),
    saved: savedPlanSchema.optional(),
  })
  .describe("`qgfx plan --json` and `qgfx show --json`; `qgfx plan --out` writes it with `saved`.");

export type PlanSummary = z.infer<typeof planSummarySchema>;
export type PlanDocument = z.infer<typeof planDocumentSchema>;

/** Counts a plan's actions; `bytes` are those to be sent. */
export function summarizePlan(actions: readonly Action[]): PlanSummary {
  const summary = { create: 0, unchanged: 0, replace: 0, orphan: 0, unknown: 0, bytes: 0 };
  for (const action of actions) {
    summary[action.action] += 1;
    if (isSent(action)) summary.bytes += action.bytes;
  }
  return summary;
}

/** The plan as its JSON document. */
export function buildPlanDocument(
  manifest: string,
  target: PrintedTarget,
  actions: Action[],
): PlanDocument {
  const summary = summarizePlan(actions);
  return { version: 1, manifest, target: printTarget(target), summary, actions };
}

/** What a plan was made from, and what came of it. */
export interface PlanState {
  manifestSha256: string;
  recordedSha256: string;
  actions: readonly Action[];
}

/** Why a saved plan no longer holds: one thing that is not as it was. */
export interface PlanChange {
  kind:
    | "manifest"
    | "ledger"
    | "row-added"
    | "row-gone"
    | "row-changed"
    | "file-changed"
    | "action";
  /** In words; rows come with their line and name. */
  message: string;
}

/**
 * What is not as it was when the plan was saved; empty where the plan still holds. Rows are matched by their
 * address, so that a row inserted above others is one change. `doneAt`: addresses at which the plan's own runs have
 * uploaded.
 */
export function findPlanChanges(
  saved: PlanState,
  now: PlanState,
  doneAt: ReadonlySet<string> = new Set(),
): PlanChange[] {
  const changes: PlanChange[] = [];
  if (saved.manifestSha256 !== now.manifestSha256) {
    changes.push({ kind: "manifest", message: "the manifest's bytes changed" });
  }
  if (saved.recordedSha256 !== now.recordedSha256) {
    changes.push({ kind: "ledger", message: "the ledger's record of this manifest changed" });
  }
  const before = new Map(saved.actions.map((action) => [actionKey(action), action]));
  for (const action of now.actions) {
    const key = actionKey(action);
    const was = before.get(key);
    before.delete(key);
    if (was && doneAt.has(key) && was.sha256 === action.sha256) continue;
    const change = was ? changeOf(was, action) : added(action);
    if (change) changes.push(change);
  }
  // A ledger that was made anew from the results knows no orphans, and apply leaves them alone.
  for (const was of before.values()) if (was.action !== "orphan") changes.push(gone(was));
  return changes;
}

/** Where no row is any more, an orphan can stand and an upload without an answer as well. */
function actionKey(action: Action): string {
  const isUnknownLeft = action.line === null && action.action === "unknown";
  return isUnknownLeft ? `${addressKey(action)}\u0000unknown` : addressKey(action);
}

/** The first difference that matters; the line alone follows from rows above. */
function changeOf(was: Action, is: Action): PlanChange | undefined {
  const row = nameOf(is);
  // What a ledger knows of an orphan's picture depends on where it has it from.
  if (was.action === "orphan" && is.action === "orphan") return undefined;
  if (was.path !== is.path || was.contentType !== is.contentType) {
    const message = `${row} was ${was.path} (${was.contentType}), is ${is.path} (${is.contentType})`;
    return { kind: "row-changed", message };
  }
  if (was.sha256 !== is.sha256) {
    return { kind: "file-changed", message: `${row}: the bytes of ${is.path} changed` };
  }
  // Why a graphic stands depends on where its id is from, the ledger or the results: nothing is sent either way.
  const isSame = was.reason === is.reason || is.action === "unchanged";
  if (isSame && was.action === is.action && was.graphicId === is.graphicId) return undefined;
  return { kind: "action", message: `${row} was ${verdict(was)}, is ${verdict(is)}` };
}

function added(action: Action): PlanChange {
  return { kind: "row-added", message: `${nameOf(action)} is new (${action.action})` };
}

function gone(action: Action): PlanChange {
  return { kind: "row-gone", message: `${nameOf(action)} is gone (was ${action.action})` };
}

function nameOf({ line, folder, name }: Action): string {
  const place = `${folder}/${name}`;
  return line === null ? place : `line ${line}, ${place}`;
}

function verdict({ action, reason, graphicId }: Action): string {
  return `${action} (${reason}${graphicId === null ? "" : `, ${graphicId}`})`;
}
