import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { contentTypeOf, readShape } from "../files/image-shape.ts";
import { readManifestBytes, readSurveyBytes } from "../files/read-file.ts";
import { replaceFile, updateFile } from "../files/replace-file.ts";
import { makeFolder } from "../files/write-refusal.ts";
import { isGraphicId, type Manifest, type ManifestRow } from "../manifest/manifest.ts";
import { parseManifest } from "../manifest/parse-manifest.ts";
import { graphicUrl } from "../plan/service.ts";
import type { FetchedGraphic } from "../qualtrics/fetch-graphic.ts";
import { parseHost } from "../qualtrics/host.ts";
import { formatResults } from "../report/results.ts";
import { EXIT } from "../report/summary.ts";
import type { FetchDocument, SavedGraphic } from "../report/survey-documents.ts";
import { findUsedIds } from "../survey/find-references.ts";
import { UserError } from "../user-error.ts";
import { fetchGraphics } from "./compare-graphics.ts";
import { decodeSurvey } from "./fill.ts";
import type { JobOptions } from "./options.ts";
import { displayPath } from "./paths.ts";
import { findSetting, readUserSettings } from "./user-settings.ts";
import type { JobHost, JobResult } from "./watcher.ts";

/** What decides how graphics are fetched. */
export interface FetchOptions extends JobOptions {
  /** The folder that images and manifest are written to. */
  out: string;
}

/** A graphic to fetch. */
interface Wanted {
  graphicId: string;
  host?: string | undefined;
  files: string[];
  /** As a results file names them. */
  place?: { name: string; folder: string };
  /** The hash that a results file has of it. */
  sha256?: string | undefined;
}

/** Not an id of any library: nothing takes these graphics for those of a library by mistake. */
const UNKNOWN_LIBRARY = "unknown";
const MANIFEST = "graphics.csv";

/** Saves every graphic that files use, once each, with a manifest of them. No token is needed, and none is sent. */
export async function fetchUsed(
  sources: readonly string[],
  options: FetchOptions,
  host: JobHost,
): Promise<JobResult<FetchDocument>> {
  const out = resolve(host.cwd, options.out);
  const manifest = join(out, MANIFEST);
  if (existsSync(manifest)) {
    throw new UserError("FETCH_EXISTS", `${displayPath(manifest, host.cwd)} is there already`, {
      hint: "name another folder with --out",
    });
  }
  const wanted = await findWanted(sources, host.cwd);
  const own = findSetting(readUserSettings(host), "host", options.host)?.value;
  const named = own === undefined ? undefined : parseHost(own);
  const listed = wanted.map((one) => ({ ...one, url: urlFor(one, named, wanted) }));
  await makeFolder(out);
  const folder = options.folder ?? folderOf(sources);
  const graphics = await fetchGraphics(listed, options, host, (one, fetched) =>
    save(one, fetched, out, folder),
  );
  const saved = graphics.filter(({ status }) => status === "saved");
  if (saved.length > 0) await writeManifest(manifest, saved, options.library);
  const of = (status: SavedGraphic["status"]) =>
    graphics.filter((one) => one.status === status).length;
  const summary = {
    saved: saved.length,
    missing: of("missing"),
    unreachable: of("unreachable"),
    notAnImage: of("not-an-image"),
  };
  const written = saved.length > 0 ? displayPath(manifest, host.cwd) : null;
  const exitCode = saved.length === graphics.length ? EXIT.done : EXIT.incomplete;
  return { exitCode, document: { version: 1, manifest: written, summary, graphics } };
}

async function findWanted(sources: readonly string[], cwd: string): Promise<Wanted[]> {
  const wanted = new Map<string, Wanted>();
  for (const source of sources) {
    const used: Omit<Wanted, "files">[] = isGraphicId(source)
      ? [{ graphicId: source }]
      : await usedIn(source, cwd);
    for (const one of used) {
      const known = wanted.get(one.graphicId) ?? { ...one, files: [] };
      if (!isGraphicId(source) && !known.files.includes(source)) known.files.push(source);
      known.host ??= one.host;
      wanted.set(one.graphicId, known);
    }
  }
  if (wanted.size > 0) return withOwnPlaces([...wanted.values()]);
  throw new UserError("FETCH_NO_IDS", `no graphic ID in ${sources.join(", ")}`, {
    hint: "name a survey file, a results file, or an ID such as IM_0RkTAKdugT1i6sy",
  });
}

/** Of two graphics with one folder and name, the later gets a name of its own. */
function withOwnPlaces(wanted: readonly Wanted[]): Wanted[] {
  const taken = new Set<string>();
  return wanted.map((one) => {
    if (!one.place) return one;
    const { folder, name } = one.place;
    const isTaken = taken.has(`${folder}\0${name}`);
    taken.add(`${folder}\0${name}`);
    return isTaken ? { ...one, place: { folder, name: `${name} ${one.graphicId}` } } : one;
  });
}

/** The ids of a sheet with results by its rows, else those anywhere in the file. */
async function usedIn(file: string, cwd: string): Promise<Omit<Wanted, "files">[]> {
  const path = resolve(cwd, file);
  if (/\.(csv|tsv|xlsx|ya?ml)$/i.test(file)) {
    const { manifest } = await parseManifest(file, await readManifestBytes(path), {});
    if (manifest?.hasResults) return manifest.rows.flatMap(usedByRow);
  }
  return findUsedIds(file, decodeSurvey(file, await readSurveyBytes(path)).utf8.toString("utf8"));
}

function usedByRow({ prior, name, folder }: ManifestRow): Omit<Wanted, "files">[] {
  if (!prior?.graphicId) return [];
  const host = URL.canParse(prior.url) ? new URL(prior.url).host : undefined;
  const { graphicId, sha256 } = prior;
  return [{ graphicId, host, place: { name, folder }, sha256: sha256 ?? undefined }];
}

const QUALTRICS = /^[a-z0-9.-]+\.qualtrics\.com$/;

/**
 * Made from the id: on the host of its own link where that is one of Qualtrics, else on the host that the user names, else
 * on one that other links of these files have. A file leads nowhere else.
 */
function urlFor(
  { graphicId, host }: Wanted,
  named: { baseUrl: string } | undefined,
  all: readonly Wanted[],
): string {
  const known = [host, named && new URL(named.baseUrl).host, ...all.map((one) => one.host)];
  for (const one of known) {
    if (one === undefined) continue;
    if (named && one === new URL(named.baseUrl).host) return graphicUrl(named.baseUrl, graphicId);
    if (QUALTRICS.test(one)) return graphicUrl(`https://${one}`, graphicId);
  }
  const message = `no data center known for ${graphicId}; nothing was fetched`;
  throw new UserError("HOST_MISSING", message, {
    hint: "give --host, for example --host fra1.qualtrics.com",
  });
}

function folderOf([first = ""]: readonly string[]): string {
  return isGraphicId(first) ? "Fetched" : basename(first, extname(first));
}

const ENDINGS = { "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif" };

async function save(
  { graphicId, url, files, place, sha256: recorded }: Wanted & { url: string },
  fetched: FetchedGraphic,
  out: string,
  folder: string,
): Promise<SavedGraphic> {
  const head = { graphicId, url, files };
  const failed = (status: SavedGraphic["status"], message: string): SavedGraphic => {
    const where = place ?? { name: graphicId, folder };
    return { ...head, status, path: null, ...where, sha256: null, message };
  };
  if (fetched.kind === "missing")
    return failed("missing", `not there (HTTP ${fetched.httpStatus})`);
  if (fetched.kind === "unreachable") return failed("unreachable", fetched.message);
  const bytes = Buffer.from(fetched.bytes);
  const contentType = contentTypeOf(bytes);
  if (!contentType) return failed("not-an-image", `${bytes.length} bytes that are not an image`);
  const { flaw } = readShape(contentType, bytes);
  if (flaw) return failed("not-an-image", flaw.why);
  const path = `${graphicId}.${ENDINGS[contentType]}`;
  await updateFile(join(out, path), bytes);
  const sha256 = hash("sha256", bytes);
  const isOther = recorded !== undefined && recorded !== sha256;
  const message = isOther
    ? "other bytes than were uploaded: Qualtrics may have re-encoded it"
    : null;
  return { ...head, status: "saved", path, ...(place ?? { name: path, folder }), sha256, message };
}

/** A manifest whose results columns have the ids. */
async function writeManifest(
  file: string,
  saved: readonly SavedGraphic[],
  library = UNKNOWN_LIBRARY,
): Promise<void> {
  const uploadedAt = new Date().toISOString();
  const rows = saved.map(({ path, name, folder, ...graphic }, index) => {
    const cells = [path ?? "", name, folder];
    const row = { line: index + 2, cells, path: path ?? "", name, folder };
    return { ...row, contentType: undefined, prior: undefined, columnOf: {}, graphic };
  });
  const manifest: Manifest & { rows: typeof rows } = {
    file,
    format: "csv",
    dialect: { delimiter: ",", encoding: "utf-8", bom: true, newline: "\r\n" },
    columns: ["path", "name", "folder"],
    rows,
    library: undefined,
  };
  const byPlace = new Map(rows.map((row) => [`${row.folder}\0${row.name}`, row.graphic]));
  const parts = formatResults(manifest, ({ folder, name }) => {
    const { graphicId = null, url = null, sha256 = null } = byPlace.get(`${folder}\0${name}`) ?? {};
    const where = { graphicId, url, library, sha256, uploadedAt };
    return { status: "uploaded", ...where, sentSha256: null, error: null };
  });
  await replaceFile(file, parts);
}
