import { randomBytes } from "node:crypto";
import { z } from "zod";

/** The types a graphic can have (qualtrics-api: Upload). */
export const GRAPHIC_TYPES = ["image/png", "image/jpeg", "image/gif"] as const;
export type GraphicType = (typeof GRAPHIC_TYPES)[number];

/** One graphic the sandbox holds; `GET /sandbox/graphics` lists exactly these keys. */
export const graphicSchema = z.strictObject({
  /** `^IM_[a-zA-Z0-9]{15}$`, never given twice. */
  id: z.string().regex(/^IM_[a-zA-Z0-9]{15}$/),
  libraryId: z.string(),
  /** Display name: the filename it was sent with. */
  name: z.string(),
  folder: z.string(),
  contentType: z.enum(GRAPHIC_TYPES),
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
  /** Whether this id was ever given out, deleted graphics included. */
  wasUsed(id: string): boolean;
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
  const used = new Set<string>();
  const contents = new Map<string, Buffer>();
  let heldBytes = 0;

  return {
    list: () => [...graphics.values()],
    find: (id) => graphics.get(id),
    wasUsed: (id) => used.has(id),
    read: ({ sha256 }) => contents.get(sha256),
    put(graphic, bytes) {
      const isNew = !contents.has(graphic.sha256);
      const addedBytes = recordBytes(graphic) + (isNew ? bytes.length : 0);
      if (heldBytes + addedBytes > limitBytes) throw new StoreFullError();
      heldBytes += addedBytes;
      if (isNew) contents.set(graphic.sha256, bytes);
      used.add(graphic.id);
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
const LARGEST_FAIR_BYTE = 4 * ALPHABET.length;

/** `length` letters and digits, each equally likely. */
export function randomAlphanumerics(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < LARGEST_FAIR_BYTE) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text.slice(0, length);
}

/** A graphic id nobody was given before (qualtrics-api: Answers). */
export function newGraphicId(isTaken: (id: string) => boolean): string {
  let id: string;
  do id = `IM_${randomAlphanumerics(15)}`;
  while (isTaken(id));
  return id;
}
