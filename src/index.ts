export type { RunEvent } from "./execute/events.ts";
export { type AppliedRow, type ApplyResult, apply } from "./library/apply.ts";
export type { ApplyOptions, ManifestOptions, PlanOptions } from "./library/options.ts";
export { plan } from "./library/plan.ts";
export { ManifestInvalid, type Problem, validate } from "./library/validate.ts";
export type { Action } from "./plan/action.ts";
export type { PlanDocument } from "./plan/plan-document.ts";
export { UserError } from "./user-error.ts";
