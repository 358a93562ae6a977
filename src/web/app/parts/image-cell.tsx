import { graphicUrl } from "../../../plan/service.ts";
import { rowOf } from "../state/sheet.ts";
import { type AppData, isRunning, useApp } from "../state/store.ts";
import { SmallImage, Thumbnail } from "./thumbnail.tsx";

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

interface OldImageProps {
  /** Row that replaces it; null: an orphan. */
  row: number | null;
  graphicId: string;
}

/** Whether the server can show what stands in the library; while a run goes on, the sandbox is the run's. */
function showsOld(data: AppData): boolean {
  return data.plan?.oldPictures?.isShown === true && !isRunning(data);
}

/** A graphic as the library has it. */
function OldImage({ row, graphicId }: OldImageProps) {
  const origin = useApp().plan?.oldPictures?.origin ?? null;
  const picture = `old ${origin} ${graphicId}`;
  return (
    <SmallImage address={`picture/${row ?? graphicId}?old`} picture={picture} asOf={picture} />
  );
}

/** An old id; where the library has an address, a link to what anyone sees there. */
export function OldId({ graphicId }: Pick<OldImageProps, "graphicId">) {
  const origin = useApp().plan?.oldPictures?.origin;
  const id = <code class="clip">{graphicId}</code>;
  if (!origin) return id;
  return (
    <a
      href={graphicUrl(origin, graphicId)}
      target="_blank"
      rel="noreferrer"
      title="The old image, in a new tab"
    >
      {id}
    </a>
  );
}
