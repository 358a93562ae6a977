import type { Graphic } from "../../src/plan/recorded.ts";
import { type FilledText, fillText, type Size } from "../../src/survey/fill-text.ts";
import { KnownGraphics, type KnownRow } from "../../src/survey/known-graphics.ts";
import { isJson } from "../../src/survey/survey-file.ts";

/** A row as a test says it; what is left out follows from the name. */
export interface Row {
  name: string;
  id?: string | null;
  folder?: string;
  path?: string;
  alt?: string;
  status?: KnownRow["status"];
}

/** A graphic that was recorded. */
export interface Past {
  id: string;
  at: string;
  state: Graphic["state"];
  sha256?: string;
}

/** An id of the right form. */
export function idOf(text: string): string {
  return `IM_${text.padEnd(15, "0")}`;
}

export function urlOf(id: string): string {
  return `https://fra1.qualtrics.com/ControlPanel/Graphic.php?IM=${id}`;
}

/** What is known, of a manifest at `/study/summer.csv`. */
export function knownOf(
  rows: readonly Row[],
  past: readonly Past[] = [],
  replacements: { oldId: string; newId: string }[] = [],
): KnownGraphics {
  const known = rows.map(({ name, folder = "F", path = `${name}.png`, alt, ...row }, index) => {
    const graphicId = row.id === undefined ? idOf(name.replace(/[^A-Za-z0-9]/g, "")) : row.id;
    return {
      row: rowOf(name, folder, path, index + 2),
      name,
      folder,
      alt: alt ?? name,
      graphicId,
      url: graphicId && urlOf(graphicId),
      manifest: "summer.csv",
      status: row.status ?? (graphicId === null ? ("not-run" as const) : ("uploaded" as const)),
      file: `/study/${path}`,
    };
  });
  const graphics = past.map((one) => graphicOf(one));
  return new KnownGraphics([{ library: "UR_1", rows: known, graphics, replacements }]);
}

function rowOf(name: string, folder: string, path: string, line: number): KnownRow["row"] {
  const none = { contentType: undefined, prior: undefined, columnOf: {} };
  return { line, cells: [path, name, folder], path, name, folder, ...none };
}

function graphicOf({ id, at, state, sha256 = "0".repeat(64) }: Past): Graphic {
  return {
    ...{ graphicId: id, folder: "F", name: at, path: `${at}.png`, contentType: "image/png" },
    ...{ sha256, bytes: 1, url: urlOf(id), uploadedAt: "2026-01-01T00:00:00Z", source: "upload" },
    ...{ state, run: 1, recordedBy: "summer.csv", ownedByManifest: true, isInDoubt: false },
  };
}

/** Fills a text of a file in `/study`. */
export function fillAs(
  file: string,
  text: string,
  known: KnownGraphics,
  options: { replaced?: boolean; sizes?: ReadonlyMap<string, Size> } = {},
): FilledText {
  const { replaced = false, sizes } = options;
  const sizeOf = (sha256: string) => sizes?.get(sha256);
  const survey = isJson(file) ? JSON.parse(text) : undefined;
  return fillText({ file, text, survey, known, replaced, sizeOf, folders: ["/study"] });
}
