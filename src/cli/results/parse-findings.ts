import { isGraphicId } from "../../manifest/prior.ts";
import type { Finding, ListedUnknown } from "../../report/resolution.ts";
import { UserError } from "../../user-error.ts";

/**
 * Reads `--landed PLACE=IM_…` and `--absent PLACE|all` against the uploads that are unknown; a place is a line, or
 * `folder/name`, which those have whose row is gone. A UserError for anything that is not one of those uploads,
 * not an id, or said twice.
 */
export function parseFindings(
  answers: { landed: readonly string[]; absent: readonly string[] },
  unknowns: readonly ListedUnknown[],
): Finding[] {
  const findings = new Map<ListedUnknown, Finding>();
  const ids = new Set<string | undefined>();
  const add = (option: string, place: string, graphicId: string | undefined) => {
    const unknown = unknownAt(option, place, unknowns);
    if (findings.has(unknown)) throw invalid(option, `${show(placeOf(unknown))} is named twice`);
    if (graphicId !== undefined && ids.has(graphicId)) {
      throw invalid(option, `${graphicId} is given to two lines`);
    }
    ids.add(graphicId);
    findings.set(unknown, { unknown, graphicId });
  };
  for (const text of answers.landed) add("--landed", ...parseLanded(text));
  for (const text of answers.absent.filter((one) => one !== "all"))
    add("--absent", text, undefined);
  if (answers.absent.includes("all")) {
    for (const unknown of unknowns) {
      if (!findings.has(unknown)) findings.set(unknown, { unknown, graphicId: undefined });
    }
  }
  return [...findings.values()];
}

/** What an unknown upload is called on the command line. */
export function placeOf({ line, folder, name }: ListedUnknown): string {
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
  place: string,
  unknowns: readonly ListedUnknown[],
): ListedUnknown {
  const [found, ...more] = unknowns.filter((unknown) => isAt(unknown, place));
  if (more.length > 0) {
    throw invalid(option, `${show(place)} may be any of ${more.length + 1} unknown uploads`);
  }
  if (found) return found;
  const known = unknowns.map(placeOf).join(", ");
  throw invalid(
    option,
    `${show(`'${place}'`)} holds no unknown upload, these do: ${known || "none"}`,
  );
}

function isAt({ line, folder, name }: ListedUnknown, place: string): boolean {
  return place === `${folder}/${name}` || (/^\d+$/.test(place) && Number(place) === line);
}

/** Every folder and name hold a slash between them, and no line does. */
function show(place: string): string {
  return place.includes("/") ? place : `line ${place}`;
}

function invalid(option: string, message: string): UserError {
  return new UserError("RESOLVE_INVALID", `${option}: ${message}`, {
    hint: "run `qgfx resolve` with the manifest alone to list the unknown uploads and their lines",
  });
}
