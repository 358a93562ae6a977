import { basename, dirname, join } from "node:path";
import { init } from "../jobs/init.ts";
import { displayPath } from "../jobs/paths.ts";
import { UserError } from "../user-error.ts";
import type { SheetDocument } from "./api.ts";
import { CollectingWatcher } from "./collecting-watcher.ts";
import { isDirectory, locateServed } from "./served-files.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Makes a sheet of a directory's pictures, or adds the new ones to the sheet that it has, and opens it. It lies beside the
 * directory, so that all pictures are below it.
 */
export async function makeSheet(workspace: Workspace, name: string): Promise<SheetDocument> {
  workspace.refuseBusy();
  const { directory, cwd } = workspace.served;
  const { path, given } = locateServed(workspace.served, name);
  if (!isDirectory(path)) {
    throw new UserError("NOT_A_FOLDER", `'${name}' is not a folder`, { hint: "choose another" });
  }
  const beside = path === directory ? path : dirname(path);
  const out = join(beside, `${basename(path) || "pictures"}.csv`);
  const watcher = new CollectingWatcher();
  const host = { ...workspace.jobHost, watcher };
  const { document } = await init(given, { out: displayPath(out, cwd) }, host);
  if (document) return openMade(workspace, out);
  const [first] = watcher.diagnostics;
  throw new UserError("SHEET_HAS_ERRORS", first?.message ?? `nothing was added to ${out}`, {
    hint: "open the sheet and repair it first",
  });
}

/** The new rows are in the file: where it is open already and unchanged, it is read again. */
async function openMade(workspace: Workspace, file: string): Promise<SheetDocument> {
  const isOpen = workspace.openPath === file;
  const document = await workspace.open(file);
  return isOpen && !document.head.isChanged ? workspace.reload() : document;
}
