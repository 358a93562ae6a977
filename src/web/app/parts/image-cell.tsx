import { rowOf } from "../state/sheet.ts";
import { useApp } from "../state/store.ts";
import { OldImage, showsOld } from "./old-image.tsx";
import { Thumbnail } from "./thumbnail.tsx";

interface ImageCellProps {
  /** Row of the draft; null: there is none, and so no image to show. */
  row: number | null;
  path: string;
  name: string;
  folder: string;
  /** The graphic that it replaces, or the orphan itself. */
  oldId?: string | null;
}

/** The image with its name and folder, as lists show it. */
export function ImageCell({ row, path, name, folder, oldId = null }: ImageCellProps) {
  const data = useApp();
  const images = data.validation?.images;
  // A list of what was done may have the path of then.
  const now = (data.sheet && row !== null && rowOf(data.sheet, row)?.path) || path;
  const isOldShown = oldId !== null && showsOld(data);
  return (
    <span class="image-cell">
      {isOldShown && <OldImage row={row} graphicId={oldId} />}
      {isOldShown && row !== null && <span class="soft"> → </span>}
      {row === null && !isOldShown && <span class="thumb broken" />}
      {row !== null && <Thumbnail row={row} path={now} image={images?.[row]} />}
      <span class="two-lines">
        <b dir="auto">{name}</b>
        <bdi class="soft">{folder}</bdi>
      </span>
    </span>
  );
}
