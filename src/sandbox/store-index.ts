import { z } from "zod";
import { damagedStore } from "./damaged-store.ts";
import { type Graphic, graphicSchema } from "./graphic.ts";

/** One line of a store's index: what happened to a graphic. */
export const indexLineSchema = z.discriminatedUnion("event", [
  z.strictObject({ version: z.literal(1), event: z.literal("stored"), graphic: graphicSchema }),
  z.strictObject({ version: z.literal(1), event: z.literal("deleted"), id: z.string() }),
]);

export type IndexLine = z.infer<typeof indexLineSchema>;

/** What an index says is held, in the order it came, and every id it ever gave out. */
export interface IndexContents {
  graphics: Map<string, Graphic>;
  used: Set<string>;
}

/** The index's text, line by line. A line that is no JSON was torn by a kill: its upload was never answered. */
export function readIndex(text: string, file: string): IndexContents {
  const contents: IndexContents = { graphics: new Map(), used: new Set() };
  text.split("\n").forEach((line, index) => {
    const value = parseJson(line);
    if (value === undefined) return;
    const parsed = indexLineSchema.safeParse(value);
    if (!parsed.success) {
      throw damagedStore(
        `line ${index + 1} of '${file}' is no record this version of the sandbox writes`,
      );
    }
    applyLine(contents, parsed.data);
  });
  return contents;
}

function applyLine({ graphics, used }: IndexContents, line: IndexLine): void {
  if (line.event === "deleted") {
    graphics.delete(line.id);
    return;
  }
  used.add(line.graphic.id);
  graphics.set(line.graphic.id, line.graphic);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
