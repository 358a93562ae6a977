import { graphicUrl } from "../../../plan/service.ts";
import { type AppData, isRunning, useApp } from "../state/store.ts";
import { SmallImage } from "./thumbnail.tsx";

interface OldImageProps {
  /** Row that replaces it; null: an orphan. */
  row: number | null;
  graphicId: string;
}

/** Whether the server can show what stands in the library; while a run goes on, the sandbox is the run's. */
export function showsOld(data: AppData): boolean {
  return data.plan?.oldPictures?.isShown === true && !isRunning(data);
}

/** A graphic as the library has it. */
export function OldImage({ row, graphicId }: OldImageProps) {
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
