import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { contentTypeOf } from "../files/image-shape.ts";
import { readImage } from "../files/inspect-image.ts";
import { writeRefusal } from "../files/write-refusal.ts";
import { DEFAULT_MAX_BYTES } from "../jobs/options.ts";
import { imageLimits, resolvePaths } from "../jobs/paths.ts";
import { withGraphics } from "../jobs/service.ts";
import { graphicUrl } from "../plan/service.ts";
import { openGraphicReader } from "../qualtrics/fetch-graphic.ts";
import { parseHost } from "../qualtrics/host.ts";
import { openNetwork } from "../qualtrics/network.ts";
import { UserError } from "../user-error.ts";
import { notFound, type Reply } from "./reply.ts";
import type { Workspace } from "./workspace.ts";

/** The picture of a row, after the checks of an upload: nothing else of the disk can be had by its path. */
export async function readPicture({ sheet, target }: Workspace, id: string): Promise<Reply> {
  const row = /^\d{1,9}$/.test(id) ? sheet.rowById(Number(id)) : undefined;
  if (!row) throw notFound("such row");
  const { jobOptions } = target;
  const limits = imageLimits(resolvePaths(sheet.place.path, jobOptions, "/"), jobOptions);
  const read = await readImage(row.path, limits);
  if ("problem" in read) {
    throw new UserError("NOT_FOUND", read.problem.message, { hint: read.problem.hint });
  }
  return { status: 200, contentType: read.image.contentType, body: read.bytes };
}

/**
 * Copies a picture beside the sheet, or where none is open into the served directory, under a name that nothing has
 * yet; gives its path as a row has it.
 */
export async function addPicture(
  workspace: Workspace,
  name: string,
  bytes: Buffer,
): Promise<{ path: string }> {
  // Its row could not be added.
  workspace.refuseBusy();
  const { openPath } = workspace;
  const directory = openPath === undefined ? workspace.directory : dirname(openPath);
  const file = safeName(name);
  if (contentTypeOf(bytes) === undefined) {
    throw new UserError("FILE_UNSUPPORTED_TYPE", `'${name}' is not a PNG, JPEG or GIF`, {
      hint: "export it as PNG; renaming is not enough",
    });
  }
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? file : numbered(file, number);
    const path = join(directory, free);
    if (existsSync(path)) {
      if (await holds(directory, free, bytes)) return { path: free };
      continue;
    }
    try {
      await writeFile(path, bytes, { flag: "wx" });
      return { path: free };
    } catch (error) {
      throw writeRefusal(path, error);
    }
  }
}

/** Whether a file beside the sheet is that very picture. */
async function holds(directory: string, name: string, bytes: Buffer): Promise<boolean> {
  const limits = { baseDir: directory, rootDir: directory, maxBytes: bytes.length };
  const read = await readImage(name, limits);
  return "bytes" in read && read.bytes.equals(bytes);
}

function safeName(name: string): string {
  const file = basename(name.replaceAll("\\", "/")).normalize();
  const isOdd = /[\p{Cc}\p{Cf}\uFFFD<>:"|?*]/u.test(file) || /^[.~]|[. ]$/.test(file);
  if (file !== "" && !isOdd && Buffer.byteLength(file) <= 200) return file;
  throw new UserError("FILE_NAME", `'${name}' is not a name for an image here`, {
    hint: "rename the file, then add it again",
  });
}

function numbered(file: string, number: number): string {
  const ending = extname(file);
  return `${file.slice(0, file.length - ending.length)}-${number}${ending}`;
}

/**
 * The graphic that a row's would take the place of, by the row's id, or an orphan, by its own. Only what the plan names
 * is fetched, and only from where uploads go now.
 */
export async function readOldPicture(workspace: Workspace, id: string): Promise<Reply> {
  const { sheet, target, checked, jobHost } = workspace;
  const { plan } = checked.plan;
  const graphicId = plan && oldGraphic(workspace, id);
  const now = await target.describe(sheet.draft.now.manifest?.library);
  const isThere = plan !== null && graphicId !== null && target.fetchesOld;
  // The embedded sandbox belongs to the run. A plan may be older than the choice of another target.
  const isOurs = !target.isSandbox || !workspace.isRunning;
  if (!isThere || !isOurs || now.host !== plan.target.host) throw notFound("such image");
  const paths = resolvePaths(sheet.place.path, target.jobOptions, "/");
  const { host, library } = plan.target;
  const service = target.isSandbox ? "sandbox" : parseHost(host).service;
  const limits = { maxBytes: DEFAULT_MAX_BYTES };
  const reader = openGraphicReader(1, limits, { network: openNetwork(jobHost.env) });
  const fetch = () =>
    withGraphics(paths, { service, host, library }, (baseUrl) =>
      reader.fetch(graphicUrl(baseUrl, graphicId)),
    );
  try {
    const found = await (target.isSandbox ? workspace.turns.take(fetch) : fetch());
    const contentType =
      found.kind === "bytes" ? contentTypeOf(Buffer.from(found.bytes)) : undefined;
    if (found.kind !== "bytes" || !contentType) throw notFound("such image");
    return { status: 200, contentType, body: found.bytes };
  } finally {
    await reader.close();
  }
}

/** The id of the graphic that is asked for, where the plan has it. */
function oldGraphic({ checked: { plan } }: Workspace, id: string): string | null {
  const actions = plan.plan?.actions ?? [];
  const found = id.startsWith("IM_")
    ? actions.find(({ action, graphicId }) => action === "orphan" && graphicId === id)
    : actions[/^\d{1,9}$/.test(id) ? plan.rows.indexOf(Number(id)) : -1];
  return found?.graphicId ?? null;
}
