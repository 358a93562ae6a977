import { type Sentence, showValue } from "../manifest/diagnostic.ts";
import type { Found, KnownRow, Successor } from "./known-graphics.ts";

const FAULTS = {
  divided: (shown) => [
    "FILL_DIVIDED",
    `formatting divides the placeholder ${shown}`,
    "clear its formatting, or type it again in the HTML view",
  ],
  open: (shown) => [
    "FILL_NOT_CLOSED",
    `the placeholder ${shown} has no end`,
    "write it as {{img:NAME}}, with two braces on each side",
  ],
  encoded: (shown) => [
    "FILL_ENCODED",
    `the placeholder ${shown} has encoded characters around the name`,
    "write it as {{img:NAME}}, in the HTML view",
  ],
  "id-expected": (shown) => [
    "FILL_ID_EXPECTED",
    `${shown} stands where Qualtrics expects an ID`,
    "write it as {{graphic:NAME}}",
  ],
  "no-picture": (shown) => [
    "FILL_PICTURE_UNKNOWN",
    `no manifest has the image ${shown}: a survey cannot show it`,
    "add it to a manifest, upload it, and fill the file again",
  ],
  earlier: (shown) => [
    "FILL_EARLIER_GRAPHIC",
    `${shown} gets the earlier image: the new one is not uploaded`,
    "run `qgfx apply` first to get the new one",
  ],
  "other-size": (_shown, what) => [
    "FILL_OTHER_SIZE",
    `the image changes from ${what}; the regions stay where they are`,
    "check the regions of the question in Qualtrics",
  ],
  "size-unknown": () => [
    "FILL_SIZE_UNKNOWN",
    "the regions stay where they are, and the size of an image is not known",
    "check the regions of the question in Qualtrics",
  ],
} satisfies Record<string, (shown: string, what: string) => Sentence>;

type Fault = keyof typeof FAULTS;

/** What is wrong with a place itself, in words; `what` stands there, or is different. */
export function describeFault(fault: Fault, what: string): Sentence {
  const describe: (shown: string, what: string) => Sentence = FAULTS[fault];
  return describe(showValue(what), what);
}

/** Why a name leads to no graphic, in words. */
export function describeFound(
  found: Exclude<Found, { row: { graphicId: string } }>,
  was: string,
): Sentence {
  const shown = showValue(was);
  switch (found.problem) {
    case "divided":
      return describeFault("divided", was);
    case "missing":
      return [
        "FILL_NAME_UNKNOWN",
        `no image for ${shown}`,
        found.near === undefined
          ? "name an image by its name, folder/name or path in the manifest"
          : `closest name: ${showValue(found.near)}`,
      ];
    case "not-uploaded":
      return [
        "FILL_NOT_UPLOADED",
        `the image of ${shown} is not uploaded (${found.row.manifest}, line ${found.row.row.line}: ${found.row.status})`,
        "run `qgfx apply` first",
      ];
    case "ambiguous":
      return [
        "FILL_NAME_AMBIGUOUS",
        `${found.rows.length} images fit ${shown}: ${placesOf(found.rows)}`,
        "name one of them by folder/name",
      ];
  }
}

const PLACES_NAMED = 4;

function placesOf(rows: readonly KnownRow[]): string {
  const named = rows
    .slice(0, PLACES_NAMED)
    .map(({ folder, name }) => showValue(`${folder}/${name}`));
  return `${named.join(", ")}${rows.length > named.length ? ", …" : ""}`;
}

/** What is wrong with an id that stays, in words. */
export function describeOld(graphicId: string, successor: Successor): Sentence {
  switch (successor.state) {
    case "replaced":
      return [
        "FILL_ID_REPLACED",
        `the ID ${graphicId} was replaced by ${successor.graphicId}`,
        "--replaced puts the new ID in",
      ];
    case "ambiguous":
      return [
        "FILL_ID_AMBIGUOUS",
        `the ID ${graphicId} was replaced by ${successor.ids.join(" and by ")}`,
        "put the right ID in by hand",
      ];
    case "deleted":
      return [
        "FILL_ID_DELETED",
        `the ID ${graphicId} was deleted from the library`,
        "put another image in its place",
      ];
    default:
      return [
        "FILL_ID_REPLACED",
        `the ID ${graphicId} was replaced, and nothing is recorded in its place`,
        "run `qgfx apply`, or put another image in its place",
      ];
  }
}
