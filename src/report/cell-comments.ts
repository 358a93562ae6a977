import { formatAddress } from "../manifest/cell-address.ts";
import { encodePart, textOfPart } from "../manifest/workbook-file.ts";
import { encodeXml, escapeCellText } from "../manifest/xml.ts";

/** A comment, as Excel calls what is shown when the mouse is on a cell. */
interface CellComment {
  row: number;
  column: number;
  text: string;
}

const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships";

const COMMENTS = "xl/commentsQgfx.xml";
const DRAWING = "xl/drawings/vmlDrawingQgfx.vml";

const NEW_COMMENTS = `<comments xmlns="${MAIN}"><authors></authors><commentList></commentList></comments>`;

/** The box in which a comment is drawn: Excel wants one for each, in a language older than its own format. */
const NEW_DRAWING =
  '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>';

/** What follows the drawing of comments in a sheet (ECMA-376 part 1, 18.3.1.99). */
const BEHIND =
  /<(?:\w+:)?(?:legacyDrawingHF|drawingHF|picture|oleObjects|controls|webPublishItems|tableParts|extLst)\b|<\/(?:\w+:)?worksheet>/;

/** The parts of a workbook with comments on the cells of one sheet, beside those that it has. */
export function addComments(
  files: Readonly<Record<string, Uint8Array>>,
  sheet: string,
  comments: readonly CellComment[],
  isStylesNew: boolean,
): Record<string, Uint8Array> {
  const changed: Record<string, string> = {};
  const text = (part: string) => changed[part] ?? textOfPart(files, part);
  const slash = sheet.lastIndexOf("/");
  const relations = `${sheet.slice(0, slash)}/_rels${sheet.slice(slash)}.rels`;
  const known = text(relations) || `<Relationships xmlns="${PACKAGE}"></Relationships>`;
  const partOf = (type: string) => targetOf(known, type, sheet.slice(0, slash));
  const old = { comments: partOf("comments"), drawing: partOf("vmlDrawing") };
  const isNew = old.comments === undefined || old.drawing === undefined;
  const [part, drawing] = [isNew ? COMMENTS : old.comments, isNew ? DRAWING : old.drawing] as [
    string,
    string,
  ];
  changed[part] = withComments(isNew ? NEW_COMMENTS : text(part), comments);
  changed[drawing] = withBoxes(isNew ? NEW_DRAWING : text(drawing), comments);
  if (isNew) {
    const added = [
      ["rIdQgfxC", "comments", part],
      ["rIdQgfxD", "vmlDrawing", drawing],
    ].map(
      ([id, type, target]) =>
        `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="/${target}"/>`,
    );
    changed[relations] = known.replace(/<\/(\w+:)?Relationships>/, (end) => added.join("") + end);
    const xml = text(sheet).replace(/<(?:\w+:)?legacyDrawing\s[^>]*>/, "");
    const prefix = /<\/(\w+:)?worksheet>/.exec(xml)?.[1] ?? "";
    const at =
      xml.slice(xml.lastIndexOf("sheetData")).search(BEHIND) + xml.lastIndexOf("sheetData");
    const element = `<${prefix}legacyDrawing xmlns:qr="${RELATIONS}" qr:id="rIdQgfxD"/>`;
    changed[sheet] = xml.slice(0, at) + element + xml.slice(at);
  }
  changed["[Content_Types].xml"] = withTypes(text("[Content_Types].xml"), isNew, isStylesNew);
  if (isStylesNew) {
    const style = `<Relationship Id="rIdQgfxS" Type="${RELATIONS}/styles" Target="/xl/styles.xml"/>`;
    const list = "xl/_rels/workbook.xml.rels";
    changed[list] = text(list).replace(/<\/(\w+:)?Relationships>/, (end) => style + end);
  }
  const encoded = Object.entries(changed).map(([name, xml]) => [name, encodePart(xml)]);
  return { ...files, ...Object.fromEntries(encoded) };
}

/** The part that a relationship of that type leads to. */
function targetOf(relations: string, type: string, folder: string): string | undefined {
  const found = relations.match(/<(?:\w+:)?Relationship\s[^>]*>/g) ?? [];
  const one = found.find((relation) => new RegExp(`Type=["'][^"']*/${type}["']`).test(relation));
  const target = /Target=["']([^"']*)["']/.exec(one ?? "")?.[1];
  if (target === undefined) return undefined;
  return new URL(target, `file:///${folder}/`).pathname.slice(1);
}

function withComments(xml: string, comments: readonly CellComment[]): string {
  const p = /<\/(\w+:)?commentList>/.exec(xml)?.[1] ?? "";
  const author = (xml.match(/<(?:\w+:)?author[\s>/]/g) ?? []).length;
  const texts = new Map(
    comments.map(({ row, column, text }) => [
      formatAddress(row, column),
      `<${p}r><${p}t xml:space="preserve">${encodeXml(escapeCellText(text))}</${p}t></${p}r>`,
    ]),
  );
  // What somebody has said of a cell stays, and ours follows it.
  const commented = new RegExp(
    `<${p}comment\\b[^>]*?\\bref="(\\w+)"[^>]*>[^]*?(?=</${p}text>)`,
    "g",
  );
  const joined = xml.replace(commented, (whole, address) => {
    const text = texts.get(address);
    texts.delete(address);
    return text === undefined ? whole : whole + text.replace('"preserve">', '"preserve">\n\n');
  });
  const added = [...texts].map(
    ([address, text]) =>
      `<${p}comment ref="${address}" authorId="${author}"><${p}text>${text}</${p}text></${p}comment>`,
  );
  return joined
    .replace(`</${p}authors>`, () => `<${p}author>qgfx</${p}author></${p}authors>`)
    .replace(`</${p}commentList>`, () => `${added.join("")}</${p}commentList>`);
}

function withBoxes(xml: string, comments: readonly CellComment[]): string {
  const boxes = comments.map(
    ({ row, column }, index) =>
      `<v:shape id="_x0000_s${50_000 + index}" type="#_x0000_t202" style="position:absolute;width:280pt;height:90pt;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"/><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False</x:AutoFill><x:Row>${row - 1}</x:Row><x:Column>${column - 1}</x:Column></x:ClientData></v:shape>`,
  );
  const end = xml.lastIndexOf("</xml>");
  return xml.slice(0, end) + boxes.join("") + xml.slice(end);
}

function withTypes(xml: string, isNew: boolean, isStylesNew: boolean): string {
  const format = "application/vnd.openxmlformats-officedocument";
  const added: string[] = [];
  if (!/Extension=["']vml["']/i.test(xml)) {
    added.push(`<Default Extension="vml" ContentType="${format}.vmlDrawing"/>`);
  }
  const override = (part: string, type: string) =>
    added.push(`<Override PartName="/${part}" ContentType="${format}.spreadsheetml.${type}+xml"/>`);
  if (isNew) override(COMMENTS, "comments");
  if (isStylesNew) override("xl/styles.xml", "styles");
  return xml.replace(/<\/(\w+:)?Types>/, (end) => added.join("") + end);
}
