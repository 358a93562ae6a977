import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { UserError } from "../user-error.ts";
import { type Graphic, graphicSchema, type Store } from "./store.ts";

const EXTENSIONS: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/gif": "gif",
  "image/webp": "webp",
  "image/svg+xml": "svg",
};

const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
/** No link followed, no waiting for the other end of a FIFO; Windows knows neither. */
const CAREFULLY = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * A store in a folder: `graphics.ndjson`, which only grows, and `images/‹id›.‹ext›`. One process writes it
 * at a time, the next reads it. Throws `UserError` where the folder cannot be used or what is in it is not ours.
 */
export function openFolderStore(folder: string): Store {
  const indexFile = join(folder, "graphics.ndjson");
  const images = join(folder, "images");
  let descriptor = -1;
  let index: ReturnType<typeof openIndex>;
  try {
    makeFolders(folder);
    makeOwnFolder(images);
    descriptor = openOwnFile(indexFile, APPEND);
    index = openIndex(descriptor, indexFile);
  } catch (error) {
    if (descriptor !== -1) closeSync(descriptor);
    throw error instanceof UserError ? error : unusable(folder, error);
  }
  const imageFile = ({ id, contentType }: Graphic) =>
    join(images, `${id}.${EXTENSIONS[contentType] ?? "bin"}`);

  return {
    list: () => [...index.graphics.values()],
    find: (id) => index.graphics.get(id),
    read: (graphic) => readOwnFile(imageFile(graphic)),
    // The picture first: a record without its bytes would be a graphic nobody can view.
    put(graphic, bytes) {
      writeFileSync(imageFile(graphic), bytes, { flag: "wx" });
      index.append({ version: 1, event: "stored", graphic });
    },
    remove(graphic) {
      index.append({ version: 1, event: "deleted", id: graphic.id });
      rmSync(imageFile(graphic), { force: true });
    },
    close: () => closeSync(descriptor),
  };
}

/** The bytes of a file that is there and ours. */
function readOwnFile(file: string): Buffer | undefined {
  try {
    const descriptor = openOwnFile(file, constants.O_RDONLY);
    try {
      return readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof UserError || isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Opens a regular file with these flags of `fs.constants`. A store may come with a stranger's folder: a link in it
 * could lead to any file of the user's. Throws `UserError` SANDBOX_STORE_DAMAGED for all but a file.
 */
function openOwnFile(file: string, flags: number): number {
  const standing = lstatSync(file, { throwIfNoEntry: false });
  if (standing && !standing.isFile()) throw otherKind(file, standing, "a file");
  return openSync(file, flags | CAREFULLY);
}

/** Node's recursive mkdir says ENOENT on a disk that is read-only; the plain one tells the truth. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  makeOwnFolder(folder);
}

/** Makes a folder in one that is there, or finds it made. Throws as `openOwnFile` for all but a folder. */
function makeOwnFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
    const standing = lstatSync(folder);
    if (!standing.isDirectory()) throw otherKind(folder, standing, "a folder");
  }
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function otherKind(path: string, standing: Stats, expected: string): UserError {
  return damagedStore(`'${path}' is ${kindOf(standing)}; the sandbox keeps ${expected} there`);
}

function kindOf(standing: Stats): string {
  if (standing.isSymbolicLink()) return "a link";
  if (standing.isFile()) return "a file";
  if (standing.isDirectory()) return "a folder";
  if (standing.isFIFO()) return "a named pipe";
  return standing.isSocket() ? "a socket" : "a device";
}

function unusable(folder: string, error: unknown): UserError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError(
    "SANDBOX_STORE_UNUSABLE",
    `the store folder '${folder}' cannot be used: ${reason}`,
    {
      hint: "copy the sheet and its images to a folder that you can write to, or start `qgfx sandbox --store DIR` with such a folder and name its address with --host",
    },
  );
}

/** One line of a store's index: what happened to a graphic. */
const lineSchema = z.discriminatedUnion("event", [
  z.strictObject({ version: z.literal(1), event: z.literal("stored"), graphic: graphicSchema }),
  z.strictObject({ version: z.literal(1), event: z.literal("deleted"), id: z.string() }),
]);

type IndexLine = z.infer<typeof lineSchema>;

const LINE_BREAK = 0x0a;
/** How each record begins, as `JSON.stringify` writes an `IndexLine`. */
const RECORD_START = '{"version":1,"event":"';

/**
 * Reads an index, a text file that only grows, one line at a time; `descriptor` is open for reading and appending. Only its last line may be torn, by a kill: its
 * upload was never answered. Throws `UserError` SANDBOX_STORE_DAMAGED for any other line that is no record, so that
 * no other file is taken for an index. What is torn is cut off when something is added.
 */
export function openIndex(descriptor: number, file: string) {
  const bytes = readFileSync(descriptor);
  const lines = bytes.toString("utf8").split("\n");
  let isTorn = isTornRecord(lines.at(-1) ?? "");
  let wholeBytes = isTorn ? bytes.lastIndexOf(LINE_BREAK) + 1 : bytes.length;
  let lacksBreak = wholeBytes > 0 && bytes[wholeBytes - 1] !== LINE_BREAK;
  if (isTorn) lines.pop();

  const graphics = new Map<string, Graphic>();
  const apply = (line: IndexLine) => {
    if (line.event === "deleted") graphics.delete(line.id);
    else graphics.set(line.graphic.id, line.graphic);
  };
  lines.forEach((line, index) => {
    if (line !== "") apply(readLine(line, index + 1, file));
  });

  return {
    /** What is held, by id, in the order it came. */
    graphics: graphics as ReadonlyMap<string, Graphic>,
    /** Returns once the line is written (a kill of the process keeps it); throws where it was not, whole. */
    append(line: IndexLine): void {
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
function damagedStore(message: string): UserError {
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
