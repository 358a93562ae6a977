import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { listRuns } from "../jobs/history.ts";
import { displayPath } from "../jobs/paths.ts";
import { resolveUnknowns } from "../jobs/resolve.ts";
import { type ExportOptions, exportResults, readStanding, type Standing } from "../jobs/results.ts";
import { formatRunCounts } from "../render/record-text.ts";
import { EXPORT_FORMATS, EXPORT_TITLES, type ExportFormat } from "../report/exported-row.ts";
import { UserError } from "../user-error.ts";
import { CollectingWatcher } from "./collecting-watcher.ts";
import { notFound } from "./reply.ts";
import type {
  ExportDocument,
  ExportsDocument,
  ExportWanted,
  HistoryDocument,
  ResultsDocument,
  Settlement,
  UnknownsDocument,
} from "./run-api.ts";
import type { Workspace } from "./workspace.ts";

/** How each row stands, by the record; no rows where nothing is recorded yet. */
export async function readResults(workspace: Workspace): Promise<ResultsDocument> {
  const standing = await stand(workspace);
  const ids = workspace.sheet.rowIds();
  return {
    version: 1,
    library: standing?.target.library ?? "",
    rows: (standing?.rows ?? []).map(({ row, record }) => {
      const { line, path, name, folder } = row;
      const { status, graphicId, url, uploadedAt, error } = record;
      const what = { row: ids.get(line) ?? null, line, path, name, folder };
      // The built-in sandbox listens elsewhere each time: its addresses lead nowhere.
      const shown = workspace.target.isSandbox ? null : url || null;
      return { ...what, status, graphicId, url: shown, uploadedAt, error };
    }),
  };
}

/** Uploads that got no answer. */
export async function readUnknowns(workspace: Workspace): Promise<UnknownsDocument> {
  const { unknowns = [] } = (await stand(workspace)) ?? {};
  const ids = workspace.sheet.rowIds();
  return {
    version: 1,
    unknowns: unknowns.map(({ line, path, name, folder, sentAt }) => {
      return { row: ids.get(line ?? 0) ?? null, line, path, name, folder, sentAt };
    }),
  };
}

/** Undefined where nothing is recorded. */
async function stand(workspace: Workspace): Promise<Standing | undefined> {
  const { sheet, jobHost } = workspace;
  const host = { ...jobHost, watcher: new CollectingWatcher() };
  const options = await recordOptions(workspace);
  const look = () => readStanding(sheet.place.given, options, host);
  return (await orNothing(() => inTurn(workspace, look)))?.document;
}

/** The record of the library that uploads go to now, whatever the last run's was. */
async function recordOptions({ target, sheet }: Workspace) {
  const { host, library } = await target.describe(sheet.draft.now.manifest?.library);
  const options = sheet.jobOptions(target.jobOptions);
  if (target.isSandbox || host === null || library === null) return options;
  return { ...options, host, library };
}

/** While a run goes on it has the turn; who only reads need not wait for it. */
function inTurn<T>({ isRunning, turns }: Workspace, look: () => Promise<T>): Promise<T> {
  return isRunning ? look() : turns.take(look);
}

/** Before the first run there is no record: that is no mistake. */
async function orNothing<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof UserError && error.code === "NOTHING_RECORDED") return undefined;
    throw error;
  }
}

/** Says what became of one upload that got no answer; gives what is left. */
export async function settle(
  workspace: Workspace,
  { folder, name, graphicId }: Settlement,
): Promise<UnknownsDocument> {
  workspace.refuseBusy();
  const { sheet, jobHost, turns } = workspace;
  const place = `${folder}/${name}`;
  const answers =
    graphicId === null
      ? { landed: [], absent: [place] }
      : { landed: [`${place}=${graphicId}`], absent: [] };
  const host = { ...jobHost, watcher: new CollectingWatcher() };
  const options = { ...(await recordOptions(workspace)), ...answers };
  await turns.take(() => resolveUnknowns(sheet.place.given, options, host));
  workspace.check(0);
  return readUnknowns(workspace);
}

/** The runs of the open sheet, the latest first. */
export async function readHistory(workspace: Workspace): Promise<HistoryDocument> {
  const { sheet, target, jobHost } = workspace;
  const host = { ...jobHost, watcher: new CollectingWatcher() };
  const look = () => listRuns(sheet.place.given, sheet.jobOptions(target.jobOptions), host);
  const { runs = [] } = (await orNothing(() => inTurn(workspace, look)))?.document ?? {};
  return {
    version: 1,
    runs: runs.toReversed().map((past) => {
      const { run, command, startedAt, finishedAt, exitCode, library, host: at } = past;
      const canUndo = command === "apply" && past.uploaded !== 0;
      const counts = formatRunCounts(past);
      return { run, command, startedAt, finishedAt, exitCode, library, host: at, counts, canUndo };
    }),
  };
}

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
