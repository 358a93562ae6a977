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
  const isThere = image?.path === path;
  const known = isThere && `${row} ${image.mark} ${path}`;
  // A new path is looked at once the server has: until then it is not known whether there is an image.
  return <SmallImage address={`picture/${row}`} picture={known || null} asOf={image} />;
}

interface SmallImageProps {
  /** Below `/api/`. */
  address: string;
  /** Says which picture is there; null: none is, and none is asked for. */
  picture: string | null;
  /** What that is known from: looked at anew when this is another. */
  asOf: unknown;
}

/** A picture of the server's as a thumbnail, or the sign that there is none. */
export function SmallImage({ address, picture, asOf }: SmallImageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    setBroken(picture === null);
    if (picture === null) return;
    const tell = (thumbnail: Drawn) => {
      setBroken(thumbnail === "broken");
      if (canvas.current && thumbnail !== "broken") draw(canvas.current, thumbnail);
    };
    return wantThumbnail(`/api/${address}`, picture, tell);
  }, [address, asOf]);
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
