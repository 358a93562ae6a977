import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../user-error.ts";
import { type AppendFile, createAppendFile } from "./append-file.ts";
import type { Graphic } from "./graphic.ts";
import type { Store } from "./store.ts";
import { type IndexContents, type IndexLine, readIndex } from "./store-index.ts";

const EXTENSIONS: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/gif": "gif",
};

/**
 * A store in a folder: `graphics.ndjson`, which only grows, and `images/‹id›.‹ext›`. One process writes it
 * at a time, the next reads it. Throws `UserError` where the folder cannot be used or its index is not ours.
 */
export async function openFolderStore(folder: string): Promise<Store> {
  const indexFile = join(folder, "graphics.ndjson");
  try {
    await mkdir(join(folder, "images"), { recursive: true });
    const text = await readTextOrNothing(indexFile);
    const contents = readIndex(text, indexFile);
    const endsTorn = text !== "" && !text.endsWith("\n");
    const index = createAppendFile(await open(indexFile, "a"), endsTorn);
    return createFolderStore(folder, contents, index);
  } catch (error) {
    throw error instanceof UserError ? error : unusable(folder, error);
  }
}

function createFolderStore(folder: string, contents: IndexContents, index: AppendFile): Store {
  const { graphics, used } = contents;
  const imageFile = ({ id, contentType }: Graphic) =>
    join(folder, "images", `${id}.${EXTENSIONS[contentType] ?? "bin"}`);
  const append = (line: IndexLine) => index.append(JSON.stringify(line));

  return {
    list: () => [...graphics.values()],
    find: (id) => graphics.get(id),
    wasUsed: (id) => used.has(id),
    read: (graphic) => readFile(imageFile(graphic)),
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

async function readTextOrNothing(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
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
