import { useEffect, useRef, useState } from "preact/hooks";
import { type Thumbnail as Drawn, wantThumbnail } from "../grid/thumbnails.ts";

/** A row's picture, 40 pixels high; `alt` empty where the name stands beside it. */
export function Thumbnail({ row, path }: { row: number; path: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    if (path === "") return;
    const tell = (thumbnail: Drawn) => {
      setBroken(thumbnail === "broken");
      if (canvas.current && thumbnail !== "broken") draw(canvas.current, thumbnail);
    };
    return wantThumbnail(`/api/picture/${row}`, `${row} ${path}`, tell);
  }, [row, path]);
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
