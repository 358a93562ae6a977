export type { RunEvent } from "./execute/events.ts";
export {
  type AppliedRow,
  type ApplyResult,
  apply,
  ManifestInvalid,
  type Problem,
  plan,
  validate,
} from "./library/commands.ts";
export type { ApplyOptions, ManifestOptions, PlanOptions } from "./library/options.ts";
export type { PlanDocument } from "./plan/plan-document.ts";
export type { Action } from "./plan/planned-row.ts";
export { UserError } from "./user-error.ts";
