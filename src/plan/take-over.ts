import { groupBy } from "../manifest/group-by.ts";
import type { Image } from "../manifest/image.ts";
import type { PriorResult } from "../manifest/manifest.ts";
import {
  addressKey,
  type FolderAndName,
  type Graphic,
  type Recorded,
  type SentImage,
} from "./recorded.ts";

/** A row of a results file that says of a graphic, or of an upload without an answer, that it is in a library. */
export interface FoundResult extends FolderAndName {
  /** The results file, as it is shown. */
  file: string;
  line: number;
  path: string;
  prior: PriorResult;
  /** Whether the file may be younger than the record: no run of it wrote or read the file as it is. */
  isYounger: boolean;
}

/** An id that a file gave. */
export interface TakenGraphic extends SentImage {
  line: number;
  graphicId: string;
  url: string;
  /** ISO 8601. */
  uploadedAt: string;
  /** Whether that is when it was uploaded: then it is the retry of what went unanswered before. */
  isTimeKnown: boolean;
  /** Whether it is the graphic at its address; else a later one has taken its place. */
  isCurrent: boolean;
}

/** An upload without an answer that a file tells of. */
interface TakenUnknown extends SentImage {
  line: number;
  error: string;
  /** ISO 8601. */
  startedAt: string;
}

/** What the record takes over from files. */
export interface TakeOver {
  graphics: readonly TakenGraphic[];
  unknowns: readonly TakenUnknown[];
}

/** What else decides what is taken over. */
export interface TakeOverContext {
  recorded: Recorded;
  /** Addresses that ever had an upload without an answer, by `addressKey`. */
  unanswered: ReadonlySet<string>;
  /** The picture of the manifest's row at an address, where there is one. */
  imageAt(place: FolderAndName): Image | undefined;
  urlOf(graphicId: string): string;
  /** For what carries no time. ISO 8601. */
  now: string;
}

/**
 * Decides what a record takes over from results files of its own library. Of each id:
 *
 * | the record has the id | → |
 * |---|---|
 * | nowhere, and nothing or an earlier upload at the address | taken as the graphic there |
 * | nowhere, and a later upload at the address | taken as replaced |
 * | at this address, now or deleted or in doubt | nothing: the record knows more than the file |
 * | at this address, replaced, and the row has the same bytes and nothing else there | taken again: a change was taken back |
 * | at other addresses, one of which the files give it, too | taken: the rows share it |
 * | at other addresses, which another manifest's file alone gave it | taken: it was renamed in that file |
 * | at other addresses | nothing: the row was renamed in the file |
 *
 * A row that is `unknown` is held, unless the record holds one at its address that no id taken there answers, or has
 * ever heard of one there and the file is no younger than it.
 */
export function decideTakeOver(found: readonly FoundResult[], context: TakeOverContext): TakeOver {
  const { graphics } = context.recorded;
  const current = new Map<string, Pick<Graphic, "uploadedAt">>(
    graphics.map((graphic) => [addressKey(graphic), graphic]),
  );
  const isNews = newsJudge(found, context);
  const taken: TakenGraphic[] = [];
  for (const row of found) {
    const { graphicId, sha256 } = row.prior;
    const key = addressKey(row);
    if (graphicId === null || !isNews(row, graphicId, current.has(key))) continue;
    const time = timeOf(row.prior.uploadedAt);
    const uploadedAt = time ?? context.now;
    const isTimeKnown = time !== undefined;
    const other = current.get(key);
    const isCurrent = !other || other.uploadedAt < uploadedAt;
    const what = {
      ...takenRow(row, sha256 ?? "", context),
      graphicId,
      uploadedAt,
      isTimeKnown,
      isCurrent,
    };
    taken.push({ ...what, url: context.urlOf(graphicId) });
    if (isCurrent) current.set(key, { uploadedAt });
  }
  return { graphics: taken, unknowns: takeUnknowns(found, taken, context) };
}

/** Tells of each row, once for each address and id, whether the record is to take its id. */
function newsJudge(found: readonly FoundResult[], context: TakeOverContext) {
  const { graphics, past } = context.recorded;
  const known = groupBy([...graphics, ...past], ({ graphicId }) => graphicId);
  const keyOf = (place: FolderAndName, id: string | null) => `${addressKey(place)}\0${id}`;
  const given = new Set(found.map((row) => keyOf(row, row.prior.graphicId)));
  /** A sheet and its results may both give an id. */
  const seen = new Set<string>();
  return (row: FoundResult, graphicId: string, isTaken: boolean): boolean => {
    const key = keyOf(row, graphicId);
    if (seen.has(key)) return false;
    seen.add(key);
    const places = known.get(graphicId) ?? [];
    const here = places.filter((one) => addressKey(one) === addressKey(row));
    if (here.length > 0) return isTakenBack(here, row, isTaken, context);
    const isShared = places.some(
      (one) => one.state === "current" && given.has(keyOf(one, graphicId)),
    );
    const isByOthers = places.every((one) => one.source === "adopted" && !one.ownedByManifest);
    // Also where the record has it nowhere.
    return isShared || (isByOthers && (places.length === 0 || row.isYounger));
  };
}

/** Whether a row has the very picture again that another took the place of, and nothing has its address. */
function isTakenBack(
  here: readonly Graphic[],
  row: FoundResult,
  isTaken: boolean,
  { imageAt }: TakeOverContext,
): boolean {
  if (isTaken || here.some(({ state, isInDoubt }) => isInDoubt || state === "deleted"))
    return false;
  return imageAt(row)?.sha256 === row.prior.sha256;
}

function takeUnknowns(
  found: readonly FoundResult[],
  taken: readonly TakenGraphic[],
  context: TakeOverContext,
): TakenUnknown[] {
  const held = new Set(context.recorded.unknowns.map(addressKey));
  // An id that is taken may be the answer to the one that is held there: the file's own is a later one.
  for (const graphic of taken) held.delete(addressKey(graphic));
  return found.flatMap((row) => {
    const { status, graphicId, sha256, error, uploadedAt } = row.prior;
    const key = addressKey(row);
    const isSettled = !row.isYounger && context.unanswered.has(key);
    if (status !== "unknown" || held.has(key) || isSettled) return [];
    held.add(key);
    // Beside a graphic that stands, the hash is the graphic's: then the picture at hand is the best that is known.
    const sent = (graphicId === null ? sha256 : null) ?? context.imageAt(row)?.sha256 ?? "";
    const startedAt = timeOf(uploadedAt) ?? context.now;
    const why = error === "" ? `no answer was recorded (${row.file})` : error;
    return [{ ...takenRow(row, sent, context), error: why, startedAt }];
  });
}

function takenRow(row: FoundResult, sha256: string, { imageAt }: TakeOverContext) {
  const { folder, name, line, path } = row;
  const image = imageAt(row);
  const known = image?.sha256 === sha256 ? image : undefined;
  const { contentType = "", sizeBytes: bytes = 0 } = known ?? {};
  return { folder, name, line, path, contentType, sha256, bytes };
}

/** A spreadsheet may have changed how a time is written. */
function timeOf(text: string): string | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
