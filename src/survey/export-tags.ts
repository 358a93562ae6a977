import { applySplices, type Splice } from "../manifest/edit/manifest-edit.ts";
import { jsonValues } from "./json-parts.ts";

/**
 * A question's element with `suffix` added to its export tag and to all that name columns of the data after it: the
 * rows of a matrix, the parts of a question side by side. Tags of their own get it at their end.
 */
export function suffixTags(element: string, suffix: string): string {
  const texts = [...jsonValues(element)].filter(({ start }) => element[start] === '"');
  const tags = texts.filter(
    ({ path }) => path.at(-1) === "DataExportTag" || path.includes("ChoiceDataExportTags"),
  );
  const own = texts.find(({ path }) => path.join("/") === "Payload/DataExportTag");
  const tag = own === undefined ? "" : element.slice(own.start + 1, own.end - 1);
  const splices = tags.flatMap(({ start, end }): Splice[] => {
    const text = element.slice(start + 1, end - 1);
    if (text === "") return [];
    const rest = text.slice(tag.length);
    const isPart = tag !== "" && text.startsWith(tag) && /^(?:$|[^a-z0-9])/i.test(rest);
    const at = isPart ? start + 1 + tag.length : end - 1;
    return [{ start: at, end: at, text: suffix }];
  });
  return applySplices(element, splices);
}
