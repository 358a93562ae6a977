import { resolve } from "node:path";
import type { ImageLimits } from "../files/image-place.ts";
import { inspectImages } from "../files/inspect-images.ts";
import { readManifestBytes } from "../files/read-manifest.ts";
import { checkImages } from "../manifest/check-images.ts";
import { checkManifest } from "../manifest/check-manifest.ts";
import { type Diagnostic, hasErrors } from "../manifest/diagnostic.ts";
import type { Inspection, KnownImage } from "../manifest/image.ts";
import type { ParsedManifest } from "../manifest/manifest.ts";
import { isWorkbookName, parseManifest } from "../manifest/parse-manifest.ts";
import { EXIT } from "../report/exit-code.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions } from "./options.ts";
import { resolvePaths } from "./paths.ts";
import type { JobHost, JobResult } from "./watcher.ts";

/** Every problem of a manifest and its images that can be found without the network, by line. */
export async function validate(
  file: string,
  options: JobOptions,
  { cwd }: Pick<JobHost, "cwd">,
): Promise<JobResult<readonly Diagnostic[]>> {
  const paths = resolvePaths(file, options, cwd);
  const loaded = await loadManifest(file, cwd, options);
  const limits = { ...paths, maxBytes: options.maxSize };
  const { diagnostics } = await inspectManifest(loaded, limits);
  return { exitCode: hasErrors(diagnostics) ? EXIT.usage : EXIT.done, document: diagnostics };
}

/** A manifest and what each row's file holds: `inspections[i]` belongs to `rows[i]`. */
export interface InspectedManifest extends ParsedManifest {
  inspections: readonly Inspection[];
}

/** Reads a manifest and checks what needs no other file. */
export async function loadManifest(
  file: string,
  cwd: string,
  options: Pick<JobOptions, "folder" | "sheet">,
): Promise<ParsedManifest> {
  return loadBytes(file, await readManifestBytes(resolve(cwd, file)), options);
}

/** The same for bytes that have been read. */
export async function loadBytes(
  file: string,
  bytes: Uint8Array,
  options: Pick<JobOptions, "folder" | "sheet">,
): Promise<ParsedManifest> {
  const { manifest, diagnostics } = await parseBytes(file, bytes, options);
  if (!manifest) return { manifest, diagnostics };
  return { manifest, diagnostics: [...diagnostics, ...checkManifest(manifest)] };
}

/** Reads a manifest's bytes by what its name says they are; a `UserError` where `--sheet` makes no sense. */
export async function parseBytes(
  file: string,
  bytes: Uint8Array,
  { folder, sheet }: Pick<JobOptions, "folder" | "sheet">,
): Promise<ParsedManifest> {
  if (sheet !== undefined && !isWorkbookName(file)) {
    throw new UserError(
      "OPTION_CONFLICT",
      `--sheet is for .xlsx workbooks, ${file} has no sheets`,
      {
        hint: "leave --sheet out, or name a workbook",
      },
    );
  }
  return parseManifest(file, bytes, { defaultFolder: folder, sheet });
}

/** Looks into every row's file, see `inspectImages`, and adds what is found there to the diagnostics. */
export async function inspectManifest(
  { manifest, diagnostics }: ParsedManifest,
  limits: ImageLimits,
  known: Iterable<KnownImage> = [],
): Promise<InspectedManifest> {
  if (!manifest) return { manifest, diagnostics, inspections: [] };
  const paths = manifest.rows.map(({ path }) => path);
  const inspections = await inspectImages(paths, limits, known);
  const found = [...diagnostics, ...checkImages(manifest, inspections)];
  return { manifest, diagnostics: found.sort(byLine), inspections };
}

function byLine(a: Diagnostic, b: Diagnostic): number {
  return (a.line ?? 0) - (b.line ?? 0);
}
