import { useEffect, useRef, useState } from "preact/hooks";
import type { KnownImage } from "../grid/columns.ts";
import { type Thumbnail as Drawn, wantThumbnail } from "../grid/thumbnails.ts";

interface ThumbnailProps {
  row: number;
  path: string;
  /** What the last check found; undefined: it found none, or is still to come. */
  image: KnownImage | undefined;
}

/** A row's image, 40 pixels high; the name stands beside it. Only images that the server has seen are asked for. */
export function Thumbnail({ row, path, image }: ThumbnailProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    setBroken(image === undefined);
    if (image === undefined) return;
    const tell = (thumbnail: Drawn) => {
      setBroken(thumbnail === "broken");
      if (canvas.current && thumbnail !== "broken") draw(canvas.current, thumbnail);
    };
    const { widthPx, heightPx, sizeBytes } = image;
    const key = `${row} ${widthPx} ${heightPx} ${sizeBytes} ${path}`;
    return wantThumbnail(`/api/picture/${row}`, key, tell);
    // A new path is looked at once the server has: until then nobody knows whether there is an image.
  }, [row, image]);
  return (
    <span class={isBroken ? "thumb broken" : "thumb"} aria-hidden="true">
      <canvas ref={canvas} width={1} height={1} />
    </span>
  );
}

function draw(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  canvas.classList.add("is-drawn");
}
