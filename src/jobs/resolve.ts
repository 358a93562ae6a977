import type { ImageLimits } from "../files/image-place.ts";
import { inspectImage } from "../files/inspect-image.ts";
import type { Ledger, Settlement } from "../ledger/ledger.ts";
import type { Image } from "../manifest/image.ts";
import { isGraphicId } from "../manifest/manifest.ts";
import { addressKey, type UnknownUpload } from "../plan/recorded.ts";
import {
  type Finding,
  isCalled,
  type ListedUnknown,
  listUnknowns,
  type Resolved,
} from "../report/resolution.ts";
import { EXIT } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { JobEnd } from "./end-job.ts";
import { INVALID, type OpenedManifest, openManifest } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { imageLimits } from "./paths.ts";
import { findListed } from "./read-list.ts";
import { openRecord } from "./record.ts";
import type { RecordedTarget } from "./results-file.ts";
import { urlOn } from "./service.ts";
import { isConfirmed, type JobHost, type JobResult } from "./watcher.ts";

export interface ResolveOptions extends JobOptions {
  /** `PLACE=IM_…`: it is in the library, under this id. A place is a line, a name, or `folder/name`. */
  landed: readonly string[];
  /** `PLACE`, or `all`: it is not in the library. */
  absent: readonly string[];
  /** A list of names and ids, `-` for what is piped in: what it names is in the library, under that id. */
  from?: string;
  /** Whether the ids of a list are taken without a question. */
  yes?: boolean;
}

/** Lists a manifest's unknown uploads, or settles them as the options say. */
export async function resolveUnknowns(
  file: string,
  options: ResolveOptions,
  host: JobHost,
): Promise<JobResult<Resolved>> {
  const job = await openManifest(file, options, host);
  if (!job) return INVALID;
  const { ledger, target } = await openRecord(job);
  try {
    return await resolveWith(job, ledger, target);
  } finally {
    ledger.close();
  }
}

async function resolveWith(
  job: OpenedManifest<ResolveOptions>,
  ledger: Ledger,
  target: RecordedTarget,
): Promise<JobResult<Resolved>> {
  const { options, paths, manifest } = job;
  const isShard = options.shard !== undefined;
  const recorded = ledger.recorded(target, paths.manifestKey);
  const unknowns = listUnknowns(manifest.rows, recorded.unknowns, { isShard });
  const { from } = options;
  const hasList = from !== undefined && unknowns.length > 0;
  const sources = { ledger, uploads: recorded.unknowns, host: job.host };
  const listed = hasList ? await findListed(from, unknowns, sources) : undefined;
  if (hasList && !listed) return INVALID;
  const findings = parseFindings(options, unknowns, listed?.findings);
  if (listed && !options.yes) {
    job.host.watcher.tell({ kind: "settling", findings });
    const question = { kind: "settle", count: findings.length, manifest: manifest.file } as const;
    ledger.announce();
    if (!(await isConfirmed(question, job.host))) {
      return { exitCode: EXIT.declined, document: undefined };
    }
  }
  const end = new JobEnd(job);
  if (findings.length > 0) {
    await settle(findings, recorded.unknowns, job, ledger, target);
    await end.writeResults(() => ledger.rowRecords(target));
  }
  const settled = new Set(findings.map(({ unknown }) => unknown));
  const left = unknowns.filter((unknown) => !settled.has(unknown));
  end.tell();
  return end.result(left.length > 0 ? EXIT.unknown : EXIT.done, {
    findings,
    left,
    list: listed?.list,
  });
}

async function settle(
  findings: readonly Finding[],
  unknowns: readonly UnknownUpload[],
  { paths, options }: OpenedManifest<ResolveOptions>,
  ledger: Ledger,
  target: RecordedTarget,
): Promise<void> {
  const settledAt = new Date().toISOString();
  const uploads = new Map(unknowns.map((one) => [addressKey(one), one]));
  const limits = imageLimits(paths, options);
  const settlements: Settlement[] = [];
  for (const { unknown, graphicId } of findings) {
    const { folder, name } = unknown;
    if (graphicId === undefined) {
      settlements.push({ folder, name, landed: undefined, settledAt });
      continue;
    }
    if (ledger.knowsId(graphicId)) {
      const message = `${graphicId}, given for ${show(placeOf(unknown))}, is recorded for another upload already`;
      throw new UserError("RESOLVE_ID_TAKEN", message, {
        hint: "look again in the library for the graphic of this row",
      });
    }
    const landed = { graphicId, url: urlOn(target.host, graphicId) };
    const upload = uploads.get(addressKey(unknown));
    const image = upload?.sha256 === "" ? await sentImage(upload, unknown, limits) : undefined;
    settlements.push({ folder, name, landed, image, settledAt });
  }
  ledger.settle(target, paths.manifestKey, settlements);
}

/** Of an upload that only a results file tells of, which may not say which bytes were sent: the picture at hand. */
async function sentImage(
  { path }: UnknownUpload,
  unknown: ListedUnknown,
  limits: ImageLimits,
): Promise<Image> {
  const found = await inspectImage(path, limits);
  if ("image" in found) return found.image;
  const message = `the image that was sent for ${show(placeOf(unknown))} is not recorded, and the file cannot be read: ${found.problem.message}`;
  throw new UserError("RESOLVE_PICTURE_UNKNOWN", message, {
    hint: "put the image back where it was, and run the same command again",
  });
}

/**
 * Reads `--landed PLACE=IM_…` and `--absent PLACE|all` against the uploads that are unknown; a place is a line, a name,
 * or `folder/name`. What a list says counts for the others. A UserError for anything that is not one of those uploads,
 * not an id, or said twice.
 */
export function parseFindings(
  answers: Pick<ResolveOptions, "landed" | "absent">,
  unknowns: readonly ListedUnknown[],
  listed: readonly Finding[] = [],
): Finding[] {
  const findings = new Map<ListedUnknown, Finding>();
  const ids = new Set<string | undefined>();
  const add = (option: string, unknown: ListedUnknown, graphicId: string | undefined) => {
    if (findings.has(unknown)) throw invalid(option, `${show(placeOf(unknown))} is named twice`);
    if (graphicId !== undefined && ids.has(graphicId)) {
      throw invalid(option, `${graphicId} is given to two lines`);
    }
    ids.add(graphicId);
    findings.set(unknown, { unknown, graphicId });
  };
  for (const text of answers.landed) {
    const [place, graphicId] = parseLanded(text);
    add("--landed", unknownAt("--landed", place, unknowns), graphicId);
  }
  const absent = answers.absent.flatMap((given) => placesIn(given, unknowns));
  for (const text of absent) {
    if (text !== "all") add("--absent", unknownAt("--absent", text, unknowns), undefined);
  }
  for (const { unknown, graphicId } of listed) {
    if (!findings.has(unknown)) add("--from", unknown, graphicId);
  }
  for (const unknown of answers.absent.includes("all") ? unknowns : []) {
    if (!findings.has(unknown)) add("--absent", unknown, undefined);
  }
  return [...findings.values()];
}

/** What an unknown upload is called on the command line. */
function placeOf({ line, folder, name }: Omit<ListedUnknown, "error">): string {
  return line === null ? `${folder}/${name}` : String(line);
}

/** The id comes last: a name may hold any `=`. */
function parseLanded(text: string): [place: string, graphicId: string] {
  const end = text.lastIndexOf("=");
  const graphicId = text.slice(end + 1);
  if (end !== -1 && isGraphicId(graphicId)) return [text.slice(0, end), graphicId];
  throw invalid(
    "--landed",
    `'${text}' is not LINE=ID: expected a line, '=' and IM_ with 11 to 15 letters or digits`,
  );
}

function unknownAt(
  option: string,
  text: string,
  unknowns: readonly ListedUnknown[],
): ListedUnknown {
  const [found, ...more] = unknowns.filter((unknown) => isAt(unknown, text));
  if (more.length > 0) {
    throw invalid(option, `${show(text)} may be any of ${more.length + 1} unknown uploads`);
  }
  if (found) return found;
  const known = unknowns.map(placeOf).join(", ") || "none";
  throw invalid(option, `${show(`'${text}'`)} holds no unknown upload, these do: ${known}`);
}

function isAt(unknown: ListedUnknown, text: string): boolean {
  return (/^\d+$/.test(text) && Number(text) === unknown.line) || isCalled(unknown, text);
}

/** `31,17` are two places, where no upload is called so. */
function placesIn(text: string, unknowns: readonly ListedUnknown[]): string[] {
  const isName = unknowns.some((unknown) => isCalled(unknown, text));
  return isName ? [text] : text.split(",").map((place) => place.trim());
}

/** Every folder and name hold a slash between them, and no line does. */
function show(text: string): string {
  return text.includes("/") ? text : `line ${text}`;
}

function invalid(option: string, message: string): UserError {
  return new UserError("RESOLVE_INVALID", `${option}: ${message}`, {
    hint: "run `qgfx resolve` with the manifest alone to list the unknown uploads and their lines",
  });
}
