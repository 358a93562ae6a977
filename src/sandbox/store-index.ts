import { z } from "zod";
import type { FileEnd } from "./append-file.ts";
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
  end: FileEnd;
}

const LINE_BREAK = 0x0a;
/** How each record begins, as `JSON.stringify` writes an `IndexLine`. */
const RECORD_START = '{"version":1,"event":"';

/**
 * Reads an index. Only its last line may be torn, by a kill: its upload was never answered. Throws `UserError`
 * SANDBOX_STORE_DAMAGED for any other line that is no record, so that no other file is taken for an index.
 */
export function readIndex(bytes: Buffer, file: string): IndexContents {
  const lines = bytes.toString("utf8").split("\n");
  const isTorn = isTornRecord(lines.at(-1) ?? "");
  const wholeBytes = isTorn ? bytes.lastIndexOf(LINE_BREAK) + 1 : bytes.length;
  const lacksBreak = wholeBytes > 0 && bytes[wholeBytes - 1] !== LINE_BREAK;
  const contents: IndexContents = {
    graphics: new Map(),
    used: new Set(),
    end: { wholeBytes, isTorn, lacksBreak },
  };
  const whole = isTorn ? lines.slice(0, -1) : lines;
  whole.forEach((line, index) => {
    if (line !== "") applyLine(contents, readLine(line, index + 1, file));
  });
  return contents;
}

function isTornRecord(line: string): boolean {
  if (line === "" || parseJson(line) !== undefined) return false;
  return line.startsWith(RECORD_START) || RECORD_START.startsWith(line);
}

function readLine(line: string, number: number, file: string): IndexLine {
  const parsed = indexLineSchema.safeParse(parseJson(line));
  if (parsed.success) return parsed.data;
  throw damagedStore(`line ${number} of '${file}' is no record this version of the sandbox writes`);
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
