import { z } from "zod";
import { type Action, actionSchema } from "../plan/action.ts";
import { targetSchema } from "../plan/plan-document.ts";
import type { FolderAndName } from "../plan/recorded.ts";
import type { AddressHistory } from "../plan/recorded-history.ts";

const text = z.string().nullable();

const versionSchema = z.strictObject({
  graphicId: z.string(),
  folder: z.string(),
  name: z.string(),
  path: z.string(),
  contentType: z.string(),
  /** Lower-case hex. */
  sha256: z.string(),
  bytes: z.int().nonnegative(),
  url: z.string(),
  /** ISO 8601, as all times here. */
  uploadedAt: z.string(),
  /** How the id came: `upload`, `shared`, `adopted` or `resolved`. */
  source: z.string(),
  /** `current`, `replaced` or `deleted`. */
  state: z.string(),
});

const attemptSchema = z.strictObject({
  attempt: z.int().positive(),
  startedAt: z.string(),
  finishedAt: text,
  /** `uploaded`, `refused`, `not-sent`, `failed` or `unknown`; null: no answer was recorded. */
  result: text,
  httpStatus: z.int().nullable(),
  errorCode: text,
  message: text,
  requestId: text,
  graphicId: text,
});

const rowSchema = z.strictObject({
  run: z.int().positive(),
  command: z.string(),
  manifest: z.string(),
  line: z.int().positive(),
  startedAt: z.string(),
  folder: z.string(),
  name: z.string(),
  action: z.string(),
  reason: z.string(),
  status: z.string(),
  error: text,
  settled: text,
  attempts: z.array(attemptSchema),
});

/** What `qgfx explain --json` prints: the row, what apply would do, and all that is recorded of it. */
export const explanationSchema = z.strictObject({
  version: z.literal(1),
  manifest: z.string(),
  line: z.int().positive(),
  target: targetSchema,
  action: actionSchema,
  /** The graphic that apply would replace or leave; null where there is none. */
  recorded: versionSchema.nullable(),
  /** Every graphic that is or was at the row's address, and at the one it comes from. */
  versions: z.array(versionSchema),
  /** What each run did about it, oldest first. */
  runs: z.array(rowSchema),
});

export type Explanation = z.infer<typeof explanationSchema>;

/** What is needed to explain one row. */
export interface ExplainedRow {
  manifest: string;
  target: Explanation["target"];
  action: Action & { line: number };
  /** The histories of the row's address and, where it was renamed or moved, of the address it comes from. */
  histories: readonly AddressHistory[];
}

/** Puts a row's explanation together. */
export function buildExplanation({
  manifest,
  target,
  action,
  histories,
}: ExplainedRow): Explanation {
  const versions = histories.flatMap((history) => history.versions);
  const runs = histories.flatMap(({ rows }) => rows).sort((a, b) => a.run - b.run);
  const recorded = versions.findLast(({ graphicId }) => graphicId === action.graphicId) ?? null;
  return { version: 1, manifest, line: action.line, target, action, recorded, versions, runs };
}

/** The addresses whose histories explain a row: its own, then the one it was renamed or moved from. */
export function explainedAddresses(
  { folder, name }: FolderAndName,
  former: FolderAndName | undefined,
): FolderAndName[] {
  const isSame = former === undefined || (former.folder === folder && former.name === name);
  return isSame ? [{ folder, name }] : [{ folder, name }, former];
}
