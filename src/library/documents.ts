// What commands print with --json, by the names that the library gives it. In the package these types come from schemas/,
// with each field described, and name no package: see declarations.mjs.
import type { RunEvent } from "../execute/events.ts";
import type { publishDiagnostic } from "../manifest/diagnostic.ts";
import type { Resolution } from "../report/resolution.ts";

export type { ItemFinished, RunEvent } from "../execute/events.ts";
export type { PlanDocument, PlanSummary, SavedPlan } from "../plan/plan-document.ts";
export type { Action } from "../plan/planned-row.ts";
export type { PrintedTarget as Target } from "../plan/printed-fields.ts";
export type { AdoptedRow, Adoption, UsedList } from "../report/adoption.ts";
export type { ExportDocument } from "../report/export-formats.ts";
export type { MergeConflict, MergeDocument } from "../report/ledger-documents.ts";
export type { Resolution } from "../report/resolution.ts";
export type { RunSummary } from "../report/summary.ts";
export type { Verification, VerifiedGraphic } from "../report/verification.ts";

export type Problem = ReturnType<typeof publishDiagnostic>;
export type RunStarted = Extract<RunEvent, { event: "run.started" }>;
export type ItemStarted = Extract<RunEvent, { event: "item.started" }>;
export type ItemRetrying = Extract<RunEvent, { event: "item.retrying" }>;
export type RunFinished = Extract<RunEvent, { event: "run.finished" }>;
export type SettledUpload = Resolution["settled"][number];
export type UnknownUpload = Resolution["unknown"][number];
