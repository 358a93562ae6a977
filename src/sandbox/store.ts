import { randomInt } from "node:crypto";
import { z } from "zod";

/** The types a graphic can have (qualtrics-api: Upload). */
export const GRAPHIC_TYPES: readonly string[] = ["image/png", "image/jpeg", "image/gif"];

/** One graphic the sandbox holds; `GET /sandbox/graphics` lists exactly these keys. */
export const graphicSchema = z.strictObject({
  /** `^IM_[a-zA-Z0-9]{15}$`, never given twice: there are 2 to the power of 89. */
  id: z.string().regex(/^IM_[a-zA-Z0-9]{15}$/),
  libraryId: z.string(),
  /** Display name: the filename it was sent with. */
  name: z.string(),
  folder: z.string(),
  contentType: z.string().regex(/^image\/[a-z0-9.+-]+$/),
  bytes: z.int().nonnegative(),
  /** Lower-case hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export type Graphic = z.infer<typeof graphicSchema>;

/** What the sandbox keeps. A graphic is held once `put` has returned, also after a kill where there is a folder. */
export interface Store {
  /** In the order they came. */
  list(): Graphic[];
  find(id: string): Graphic | undefined;
  /** The bytes of a graphic it holds; undefined where they are gone, or something else stands in their place. */
  read(graphic: Graphic): Buffer | undefined;
  /** Throws `StoreFullError` where there is no room, else what the file system said. */
  put(graphic: Graphic, bytes: Buffer): void;
  remove(graphic: Graphic): void;
  close(): void;
}

/** The store's limit is reached; nothing of the graphic was kept. */
export class StoreFullError extends Error {}

/** 1 GiB: a load test must not take the machine with it. */
const MEMORY_LIMIT_BYTES = 1024 ** 3;

/** A store that is gone with the process. Equal pictures are held once. */
export function createMemoryStore(limitBytes = MEMORY_LIMIT_BYTES): Store {
  const graphics = new Map<string, Graphic>();
  const contents = new Map<string, Buffer>();
  let heldBytes = 0;

  return {
    list: () => [...graphics.values()],
    find: (id) => graphics.get(id),
    read: ({ sha256 }) => contents.get(sha256),
    put(graphic, bytes) {
      const isNew = !contents.has(graphic.sha256);
      const addedBytes = recordBytes(graphic) + (isNew ? bytes.length : 0);
      if (heldBytes + addedBytes > limitBytes) throw new StoreFullError();
      heldBytes += addedBytes;
      if (isNew) contents.set(graphic.sha256, bytes);
      graphics.set(graphic.id, graphic);
    },
    // The bytes stay: another graphic may share them.
    remove: ({ id }) => void graphics.delete(id),
    close() {},
  };
}

/** About what a graphic takes beside its picture: a client may give it a folder of megabytes. */
function recordBytes({ name, folder }: Graphic): number {
  return 500 + 2 * (name.length + folder.length);
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** `length` letters and digits, each equally likely. */
export function randomAlphanumerics(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}
