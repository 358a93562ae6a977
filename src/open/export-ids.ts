import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { displayPath } from "../jobs/paths.ts";
import { type ExportOptions, exportResults } from "../jobs/results.ts";
import { EXPORT_FORMATS, EXPORT_TITLES, type ExportFormat } from "../report/exported-row.ts";
import { UserError } from "../user-error.ts";
import type { ExportDocument, ExportsDocument, ExportWanted } from "./api.ts";
import { CollectingWatcher } from "./collecting-watcher.ts";
import { inTurn, recordOptions } from "./read-record.ts";
import { notFound } from "./reply.ts";
import type { Workspace } from "./workspace.ts";

/** The formats that are made to be pasted. */
export function listExports(): ExportsDocument {
  return {
    version: 1,
    formats: EXPORT_FORMATS.map((format) => {
      const {
        by = [],
        needsGroup = false,
        takesTemplate = false,
        ...title
      } = EXPORT_TITLES[format];
      return { format, ...title, by: [...by], needsGroup, takesTemplate };
    }),
  };
}

/** What an export goes by, and what it is a copy of. */
type Exporting = Omit<ExportWanted, "file"> & Pick<ExportOptions, "template">;

/** The ids in a format; `file`: written beside the sheet under that name, which nothing may have yet. */
export async function exportIds(
  workspace: Workspace,
  wanted: Exporting,
  file?: string,
): Promise<ExportDocument> {
  const format = EXPORT_FORMATS.find((one): one is ExportFormat => one === wanted.format);
  if (!format) throw notFound(`format '${wanted.format}'`);
  const { sheet, jobHost } = workspace;
  const out = file === undefined ? undefined : freeFile(dirname(sheet.place.path), file);
  const watcher = new CollectingWatcher();
  const options = {
    ...(await recordOptions(workspace)),
    ...wanted,
    format,
    ...(out !== undefined && { out: displayPath(out, jobHost.cwd) }),
  };
  const { document } = await inTurn(workspace, () =>
    exportResults(sheet.place.given, options, { ...jobHost, watcher }),
  );
  if (!document) throw wanted.template ? inTemplate(watcher) : watcher.refusal;
  return { version: 1, format, text: document.text, file: file ?? null, notes: watcher.notes };
}

/** What an exported survey has that cannot be filled, and where. */
function inTemplate({ refusal, diagnostics }: CollectingWatcher): UserError {
  const { file, line } = diagnostics.find(({ severity }) => severity === "error") ?? {};
  const place = file === undefined ? "" : `${file}${line ? `, line ${line}` : ""}: `;
  const { code, message, hint } = refusal;
  return new UserError(code, `${place}${message}`, hint === undefined ? {} : { hint });
}

/** A new file beside the sheet; a `UserError` for a name that is not one, or is taken. */
function freeFile(directory: string, name: string): string {
  if (!/^[^./\\][^/\\\0]*$/.test(name)) {
    throw new UserError("FILE_NAME", `'${name}' is not a file name`, {
      hint: "name a file without folders",
    });
  }
  const path = join(directory, name);
  if (!existsSync(path)) return path;
  throw new UserError("FILE_EXISTS", `there is a file '${name}' already`, {
    hint: "choose another name",
  });
}
