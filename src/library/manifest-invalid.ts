import { UserError } from "../user-error.ts";
import type { Problem } from "./documents.ts";

/** Thrown where a manifest has errors: nothing was sent, recorded or written. */
export class ManifestInvalid extends UserError {
  /** Everything that was found, warnings included. */
  readonly diagnostics: readonly Problem[];

  constructor(file: string, found: readonly Problem[]) {
    const errors = found.filter(({ severity }) => severity === "error");
    super(
      "MANIFEST_INVALID",
      `${file} has errors: ${errors.length} in all, the first is ${errors[0]?.message}`,
    );
    this.name = "ManifestInvalid";
    this.diagnostics = found;
  }
}
