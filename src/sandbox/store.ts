import type { Graphic } from "./graphic.ts";

/** What the sandbox keeps. A graphic is held once `put` has resolved, also after a kill where there is a folder. */
export interface Store {
  /** In the order they came. */
  list(): Graphic[];
  find(id: string): Graphic | undefined;
  /** Whether this id was ever given out, deleted graphics included. */
  wasUsed(id: string): boolean;
  /** The bytes of a graphic it holds; undefined where they are gone, or something else stands in their place. */
  read(graphic: Graphic): Promise<Buffer | undefined>;
  /** Rejects with `StoreFullError` where there is no room, else with what the file system said. */
  put(graphic: Graphic, bytes: Buffer): Promise<void>;
  remove(graphic: Graphic): Promise<void>;
  /** Resolves when all is written. */
  close(): Promise<void>;
}

/** The store's limit is reached; nothing of the graphic was kept. */
export class StoreFullError extends Error {}
