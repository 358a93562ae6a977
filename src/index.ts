export {
  type AppliedRow,
  type ApplyResult,
  apply,
  plan,
  type Stopped,
  validate,
} from "./library/commands.ts";
export type * from "./library/documents.ts";
export { ManifestInvalid } from "./library/manifest-invalid.ts";
export type * from "./library/options.ts";
export {
  adopt,
  type Ended,
  exportIds,
  merge,
  type RecordedRow,
  resolve,
  results,
  verify,
} from "./library/record.ts";
export { UserError } from "./user-error.ts";
