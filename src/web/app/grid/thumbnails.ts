// Small pictures for the rows in sight: two at a time, the newest view first and from its top, kept for a while.

/** Pixels; twice what is shown, for dense screens. */
const SIZE_PX = 80;
const AT_ONCE = 2;
const KEPT = 600;

export type Thumbnail = ImageBitmap | "broken";

interface Wanted {
  key: string;
  url: string;
  tell: (thumbnail: Thumbnail) => void;
  /** Counts the views: rows that came into sight together. */
  view: number;
}

const kept = new Map<string, Thumbnail>();
/** The last is the newest. */
const wanted: Wanted[] = [];
let busy = 0;
let view = 0;
let isNewView = true;

/** Tells the thumbnail of an address, perhaps at once. `key` says which picture it is now. The answer takes it back. */
export function wantThumbnail(
  url: string,
  key: string,
  tell: (thumbnail: Thumbnail) => void,
): () => void {
  const known = kept.get(key);
  if (known) {
    tell(known);
    return () => {};
  }
  if (isNewView) {
    isNewView = false;
    view += 1;
    // After the frame: rows that only flew past are taken back by then.
    setTimeout(() => {
      isNewView = true;
      next();
    }, 30);
  }
  const wish = { key, url, tell, view };
  wanted.push(wish);
  return () => {
    const index = wanted.indexOf(wish);
    if (index >= 0) wanted.splice(index, 1);
  };
}

function next(): void {
  while (busy < AT_ONCE) {
    const newest = wanted.at(-1)?.view;
    const [wish] = wanted.splice(
      wanted.findIndex((one) => one.view === newest),
      1,
    );
    if (!wish) return;
    busy += 1;
    void make(wish).finally(() => {
      busy -= 1;
      next();
    });
  }
}

async function make({ key, url, tell }: Wanted): Promise<void> {
  const thumbnail = kept.get(key) ?? (await load(url));
  kept.set(key, thumbnail);
  const [oldest] = kept.keys();
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  tell(thumbnail);
}

async function load(url: string): Promise<Thumbnail> {
  try {
    const response = await fetch(url);
    if (response.status !== 200) return "broken";
    // Decoded and made small away from the page's own thread; the width follows.
    return await createImageBitmap(await response.blob(), {
      resizeHeight: SIZE_PX,
      resizeQuality: "medium",
    });
  } catch {
    return "broken";
  }
}
