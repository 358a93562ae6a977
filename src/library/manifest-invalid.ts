import { type Diagnostic, publishDiagnostic } from "../manifest/diagnostic.ts";
import { UserError } from "../user-error.ts";

/** A problem of a manifest, as `validate` gives it. */
export type Problem = ReturnType<typeof publishDiagnostic>;

/** Thrown by `plan` and `apply` where the manifest has errors; nothing was sent. */
export class ManifestInvalid extends UserError {
  readonly diagnostics: readonly Problem[];

  constructor(file: string, found: readonly Diagnostic[]) {
    const errors = found.filter(({ severity }) => severity === "error");
    super(
      "MANIFEST_INVALID",
      `${file} has errors: ${errors.length} in all, the first is ${errors[0]?.message}`,
    );
    this.name = "ManifestInvalid";
    this.diagnostics = found.map(publishDiagnostic);
  }
}
