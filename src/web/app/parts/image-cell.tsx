import { useApp } from "../state/store.ts";
import { Thumbnail } from "./thumbnail.tsx";

interface ImageCellProps {
  /** Row of the draft; null: there is none, and so no image to show. */
  row: number | null;
  path: string;
  name: string;
  folder: string;
}

/** The image with its name and folder, as lists show it. */
export function ImageCell({ row, path, name, folder }: ImageCellProps) {
  const images = useApp().validation?.images;
  return (
    <span class="image-cell">
      {row === null ? (
        <span class="thumb broken" />
      ) : (
        <Thumbnail row={row} path={path} image={images?.[row]} />
      )}
      <span class="two-lines">
        <b dir="auto">{name}</b>
        <bdi class="soft">{folder}</bdi>
      </span>
    </span>
  );
}
