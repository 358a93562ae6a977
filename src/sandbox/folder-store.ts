import { constants } from "node:fs";
import { type FileHandle, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../user-error.ts";
import { type AppendFile, createAppendFile } from "./append-file.ts";
import type { Graphic, GraphicType } from "./graphic.ts";
import { closingIfThrown, isSystemError, makeOwnFolder, openOwnFile } from "./own-files.ts";
import type { Store } from "./store.ts";
import { type IndexContents, type IndexLine, readIndex } from "./store-index.ts";

const EXTENSIONS: Readonly<Record<GraphicType, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/gif": "gif",
};

const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;

/**
 * A store in a folder: `graphics.ndjson`, which only grows, and `images/‹id›.‹ext›`. One process writes it
 * at a time, the next reads it. Throws `UserError` where the folder cannot be used or what is in it is not ours.
 */
export async function openFolderStore(folder: string): Promise<Store> {
  const indexFile = join(folder, "graphics.ndjson");
  try {
    await mkdir(folder, { recursive: true });
    await makeOwnFolder(join(folder, "images"));
    const index = await openOwnFile(indexFile, APPEND);
    return await closingIfThrown(index, async () => {
      const contents = readIndex(await index.readFile(), indexFile);
      return createFolderStore(folder, contents, createAppendFile(index, contents.end));
    });
  } catch (error) {
    throw error instanceof UserError ? error : unusable(folder, error);
  }
}

function createFolderStore(folder: string, contents: IndexContents, index: AppendFile): Store {
  const { graphics, used } = contents;
  const imageFile = ({ id, contentType }: Graphic) =>
    join(folder, "images", `${id}.${EXTENSIONS[contentType]}`);
  const append = (line: IndexLine) => index.append(JSON.stringify(line));

  return {
    list: () => [...graphics.values()],
    find: (id) => graphics.get(id),
    wasUsed: (id) => used.has(id),
    read: (graphic) => readPicture(imageFile(graphic)),
    // The picture first: a record without its bytes would be a graphic nobody can view.
    async put(graphic, bytes) {
      used.add(graphic.id);
      await writeFile(imageFile(graphic), bytes, { flag: "wx" });
      await append({ version: 1, event: "stored", graphic });
      graphics.set(graphic.id, graphic);
    },
    async remove(graphic) {
      await append({ version: 1, event: "deleted", id: graphic.id });
      graphics.delete(graphic.id);
      await rm(imageFile(graphic), { force: true });
    },
    close: () => index.close(),
  };
}

/** The bytes of a file that is there and ours. */
async function readPicture(file: string): Promise<Buffer | undefined> {
  let handle: FileHandle;
  try {
    handle = await openOwnFile(file, constants.O_RDONLY);
  } catch (error) {
    if (error instanceof UserError || isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function unusable(folder: string, error: unknown): UserError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError(
    "SANDBOX_STORE_UNUSABLE",
    `the store folder '${folder}' cannot be used: ${reason}`,
    { hint: "name a folder that can be written" },
  );
}
