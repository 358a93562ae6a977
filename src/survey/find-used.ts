import { partsOf } from "./survey-file.ts";

/** An id that a file uses. */
export interface UsedId {
  graphicId: string;
  /** The host of the first link that has it, as it is written; undefined: it stands alone. */
  host: string | undefined;
}

const LINK = /\bhttps?:\/\/([^\s/"'<>\\]+)\/[^\s"'<>\\]{0,200}?Graphic\.php\?IM=$/i;
const LONGEST_LINK = 500;

/** Every id of the right form in a file's text, each once, in order. */
export function findUsedIds(file: string, text: string): UsedId[] {
  const used = new Map<string, UsedId>();
  for (const part of partsOf(file, text)) {
    const ids = part.text.matchAll(/IM_[a-zA-Z0-9]{11,15}(?![a-zA-Z0-9])/g);
    for (const { 0: graphicId, index } of ids) {
      const before = part.text.slice(Math.max(0, index - LONGEST_LINK), index);
      const host = LINK.exec(before)?.[1]?.toLowerCase();
      const known = used.get(graphicId);
      if (!known) used.set(graphicId, { graphicId, host });
      else known.host ??= host;
    }
  }
  return [...used.values()];
}
