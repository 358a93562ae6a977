export {
  type AppliedRow,
  type ApplyResult,
  adopt,
  apply,
  type Ended,
  exportIds,
  ManifestInvalid,
  merge,
  plan,
  type RecordedRow,
  resolve,
  results,
  type Stopped,
  validate,
  verify,
} from "./library/commands.ts";
export type * from "./library/documents.ts";
export type * from "./library/options.ts";
export { UserError } from "./user-error.ts";
