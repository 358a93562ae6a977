import { replaceFile } from "../files/replace-file.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { Image } from "../manifest/image.ts";
import type { ManifestRow } from "../manifest/manifest.ts";
import type { Fault, ReportRow } from "../report/report-page.ts";
import { plural } from "../report/units.ts";
import { renderReportPage } from "../web/report/render-report-page.tsx";
import { inspectManifest, loadManifest } from "./open-job.ts";
import type { JobOptions, PageOptions } from "./options.ts";
import { resolvePageFile } from "./overwriting.ts";
import { embedFiles, type ShownBySha } from "./page-images.ts";
import { displayPath, imageLimits, resolvePaths } from "./paths.ts";
import type { JobHost } from "./watcher.ts";

/** Writes the page of a manifest that has errors: each row's image, with what is wrong on its card. */
export async function writeFaultyPage(
  file: string,
  options: JobOptions & PageOptions,
  host: JobHost,
): Promise<void> {
  const paths = resolvePaths(file, options, host.cwd);
  const page = resolvePageFile(options, paths, host.cwd);
  if (page === undefined) return;
  const loaded = await loadManifest(file, host, options);
  const limits = imageLimits(paths, options);
  const before = { known: [], isTrusted: false };
  const { manifest, diagnostics, inspections } = await inspectManifest(loaded, limits, before);
  const rows = manifest?.rows ?? [];
  const byLine = new Map<number | null, Diagnostic[]>(rows.map(({ line }) => [line, []]));
  for (const one of diagnostics) byLine.get(one.line)?.push(one);
  const files = rows.flatMap(({ path }, index) => {
    const found = inspections[index];
    return found && "image" in found
      ? [{ path, sha256: found.image.sha256, bytes: found.image.sizeBytes }]
      : [];
  });
  const shown = await embedFiles(files, options, limits);
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const content = {
    kind: "plan" as const,
    manifest: file,
    target: undefined,
    madeAt: new Date().toISOString(),
    summary: `${plural(errors, "error")}: fix them first; nothing can be uploaded before`,
    faults: diagnostics.filter(({ line }) => !byLine.has(line)).map(faultOf),
    rows: rows.map((row, index) => {
      const found = inspections[index];
      const faults = (byLine.get(row.line) ?? []).map(faultOf);
      return rowOf(row, found && "image" in found ? found.image : undefined, faults, shown);
    }),
  };
  await replaceFile(page, renderReportPage(content));
  host.watcher.tell({ kind: "note", text: `page in ${displayPath(page, host.cwd)}` });
}

function rowOf(
  { line, path, name, folder }: ManifestRow,
  image: Image | undefined,
  faults: readonly Fault[],
  shown: ShownBySha,
): ReportRow {
  const { contentType = "", sizeBytes: bytes = 0 } = image ?? {};
  return {
    action: { line, path, name, folder, contentType, bytes },
    faults,
    result: undefined,
    graphicId: null,
    url: null,
    widthPx: image?.widthPx,
    heightPx: image?.heightPx,
    image: shown.get(image?.sha256 ?? "") ?? { kind: "absent", why: "no image to show" },
    old: undefined,
  };
}

function faultOf({ severity, code, message, hint, line, field }: Diagnostic): Fault {
  return { severity, code, message, hint, line, field };
}
