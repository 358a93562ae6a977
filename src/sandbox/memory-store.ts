import type { Graphic } from "./graphic.ts";
import { type Store, StoreFullError } from "./store.ts";

/** 1 GiB: a load test must not take the machine with it. */
const DEFAULT_LIMIT_BYTES = 1024 ** 3;

/** A store that is gone with the process. Equal pictures are held once. */
export function createMemoryStore(limitBytes = DEFAULT_LIMIT_BYTES): Store {
  const graphics = new Map<string, Graphic>();
  const used = new Set<string>();
  const contents = new Map<string, Buffer>();
  let heldBytes = 0;

  return {
    list: () => [...graphics.values()],
    find: (id) => graphics.get(id),
    wasUsed: (id) => used.has(id),
    read: async (graphic) => contents.get(graphic.sha256) ?? Buffer.alloc(0),
    async put(graphic, bytes) {
      const isNew = !contents.has(graphic.sha256);
      const addedBytes = recordBytes(graphic) + (isNew ? bytes.length : 0);
      if (heldBytes + addedBytes > limitBytes) throw new StoreFullError();
      heldBytes += addedBytes;
      if (isNew) contents.set(graphic.sha256, bytes);
      used.add(graphic.id);
      graphics.set(graphic.id, graphic);
    },
    // The bytes stay: another graphic may share them.
    async remove(graphic) {
      graphics.delete(graphic.id);
    },
    async close() {},
  };
}

/** About what a graphic takes beside its picture: a client may give it a folder of megabytes. */
function recordBytes({ name, folder }: Graphic): number {
  return 500 + 2 * (name.length + folder.length);
}
