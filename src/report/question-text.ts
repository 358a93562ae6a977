import type { ExportedGraphic } from "./exported-row.ts";
import { groupRows } from "./group-rows.ts";
import { formatImageTag } from "./image-tags.ts";

/**
 * A survey to import (Survey, Tools, Import survey, "Advanced Format" TXT): one block a folder, one text/graphic
 * question a picture, each on a page of its own. In the survey editor any of them can become a question of
 * another type.
 */
export function formatQuestions(graphics: readonly ExportedGraphic[]): string {
  const numbered = graphics.map((graphic, index) => ({ ...graphic, number: index + 1 }));
  const blocks = groupRows(numbered, ({ folder }) => folder).map(({ label, members }) => {
    const questions = members.map((member) => formatQuestion(member, member.number));
    return `[[Block:${blockName(label)}]]\n\n${questions.join("\n[[PageBreak]]\n\n")}`;
  });
  return `[[AdvancedFormat]]\n\n${blocks.join("\n")}`;
}

function formatQuestion(graphic: ExportedGraphic, number: number): string {
  return `[[Question:DB]]\n[[ID:${questionId(graphic, number)}]]\n${formatImageTag(graphic)}\n`;
}

/** Ids name the columns of the survey's data: short, distinct by their number, letters and digits. */
function questionId({ alt }: ExportedGraphic, number: number): string {
  const words = alt
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return words === "" ? `P${number}` : `P${number}_${words.slice(0, 30)}`;
}

/** A tag ends at the first bracket. */
function blockName(folder: string): string {
  return folder.replaceAll("[", "(").replaceAll("]", ")");
}
