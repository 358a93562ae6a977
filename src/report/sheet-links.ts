import type { Feature } from "write-excel-file/universal";
import {
  getCellAddress,
  getOrderOfSiblings,
  insertElementMarkupAccordingToOrderOfSiblings,
  sanitizeAttributeValue,
} from "write-excel-file/utility";

/** Links a sheet may hold; Excel calls a sheet with more damaged. */
const MAX_LINKS = 65_530;

const HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink";

const SHEET = "xl/worksheets/sheet{id}.xml";

/**
 * Makes links of the URLs that stand in one column below the header (ECMA-376 part 1, 18.3.1.47): the writer
 * library has no links of its own. `column` is 1-based; only http and https URLs become links.
 */
export function sheetLinks(
  urls: readonly (string | null)[],
  column: number,
): Feature<Blob> | undefined {
  const links = urls
    .flatMap((url, index) => (url && /^https?:\/\//.test(url) ? [{ url, row: index + 1 }] : []))
    .slice(0, MAX_LINKS)
    .map(({ url, row }, index) => ({
      url: sanitizeAttributeValue(url),
      cell: getCellAddress(row, column - 1),
      id: `rIdQgfx${index + 1}`,
    }));
  if (links.length === 0) return undefined;
  const marks = links.map(({ cell, id }) => `<hyperlink ref="${cell}" r:id="${id}"/>`).join("");
  const targets = links.map(
    ({ id, url }) =>
      `<Relationship Id="${id}" Type="${HYPERLINK}" Target="${url}" TargetMode="External"/>`,
  );
  return {
    files: {
      transform: {
        [SHEET]: { transform: (xml) => insertLinks(xml, `<hyperlinks>${marks}</hyperlinks>`) },
        "xl/worksheets/_rels/sheet{id}.xml.rels": { insert: () => targets.join("") },
      },
    },
  };
}

function insertLinks(xml: string, markup: string): string {
  const order = getOrderOfSiblings(SHEET, "worksheet");
  if (!order?.includes("hyperlinks")) throw new Error("the writer knows no place for links");
  return insertElementMarkupAccordingToOrderOfSiblings(xml, markup, order, "worksheet");
}
