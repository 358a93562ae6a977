import { fstatSync, ftruncateSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "../user-error.ts";
import { type Graphic, graphicSchema } from "./store.ts";

/** One line of a store's index: what happened to a graphic. */
const lineSchema = z.discriminatedUnion("event", [
  z.strictObject({ version: z.literal(1), event: z.literal("stored"), graphic: graphicSchema }),
  z.strictObject({ version: z.literal(1), event: z.literal("deleted"), id: z.string() }),
]);

type IndexLine = z.infer<typeof lineSchema>;

/** What a store folder's `graphics.ndjson` says: a text file that only grows, one line at a time. */
export interface StoreIndex {
  /** What is held, by id, in the order it came. */
  graphics: ReadonlyMap<string, Graphic>;
  /** Every id it ever gave out. */
  used: ReadonlySet<string>;
  /** Returns once the line is written (a kill of the process keeps it); throws where it was not, whole. */
  append(line: IndexLine): void;
}

const LINE_BREAK = 0x0a;
/** How each record begins, as `JSON.stringify` writes an `IndexLine`. */
const RECORD_START = '{"version":1,"event":"';

/**
 * Reads an index; `descriptor` is open for reading and appending. Only its last line may be torn, by a kill: its
 * upload was never answered. Throws `UserError` SANDBOX_STORE_DAMAGED for any other line that is no record, so that
 * no other file is taken for an index. What is torn is cut off when something is added.
 */
export function openIndex(descriptor: number, file: string): StoreIndex {
  const bytes = readFileSync(descriptor);
  const lines = bytes.toString("utf8").split("\n");
  let isTorn = isTornRecord(lines.at(-1) ?? "");
  let wholeBytes = isTorn ? bytes.lastIndexOf(LINE_BREAK) + 1 : bytes.length;
  let lacksBreak = wholeBytes > 0 && bytes[wholeBytes - 1] !== LINE_BREAK;
  if (isTorn) lines.pop();

  const graphics = new Map<string, Graphic>();
  const used = new Set<string>();
  const apply = (line: IndexLine) => {
    if (line.event === "deleted") {
      graphics.delete(line.id);
      return;
    }
    used.add(line.graphic.id);
    graphics.set(line.graphic.id, line.graphic);
  };
  lines.forEach((line, index) => {
    if (line !== "") apply(readLine(line, index + 1, file));
  });

  return {
    graphics,
    used,
    append(line) {
      if (isTorn) ftruncateSync(descriptor, wholeBytes);
      isTorn = true;
      writeFileSync(descriptor, `${lacksBreak ? "\n" : ""}${JSON.stringify(line)}\n`);
      wholeBytes = fstatSync(descriptor).size;
      isTorn = false;
      lacksBreak = false;
      apply(line);
    },
  };
}

/** A store folder in which something stands that the sandbox does not put there; `message` names the file. */
export function damagedStore(message: string): UserError {
  return new UserError("SANDBOX_STORE_DAMAGED", message, {
    hint: "name another store folder, or move this one away",
  });
}

function isTornRecord(line: string): boolean {
  if (line === "" || parseJson(line) !== undefined) return false;
  return line.startsWith(RECORD_START) || RECORD_START.startsWith(line);
}

function readLine(line: string, number: number, file: string): IndexLine {
  const parsed = lineSchema.safeParse(parseJson(line));
  if (parsed.success) return parsed.data;
  throw damagedStore(`line ${number} of '${file}' is no record this version of the sandbox writes`);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
