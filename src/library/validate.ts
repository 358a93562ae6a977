import * as jobs from "../jobs/validate.ts";
import { type Diagnostic, publishDiagnostic } from "../manifest/diagnostic.ts";
import { UserError } from "../user-error.ts";
import { type ManifestOptions, toJobOptions } from "./options.ts";

/** A problem of a manifest. */
export type Problem = ReturnType<typeof publishDiagnostic>;

/** Every problem of a manifest and its pictures, by line; empty where all is well. Nothing is sent or written. */
export async function validate(
  manifest: string,
  options: ManifestOptions = {},
): Promise<Problem[]> {
  const cwd = options.cwd ?? process.cwd();
  const { document = [] } = await jobs.validate(manifest, toJobOptions(options), { cwd });
  return document.map(publishDiagnostic);
}

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
