import { useState } from "preact/hooks";
import type { GridRow } from "../../../open/sheet-api.ts";
import { formatBytes } from "../../../report/units.ts";
import { typeName } from "../../shared/type-name.ts";
import { Dialog } from "../parts/dialog.tsx";
import { useApp } from "../state/store.ts";

/** A row's image as large as the window lets it be. */
export function LargeImage({ row, onClose }: { row: GridRow; onClose(): void }) {
  const image = useApp().validation?.images[row.id];
  return (
    <Dialog title={row.name || row.path || `Line ${row.line}`} onClose={onClose} isWide>
      <WholeImage row={row} />
      <p class="soft">
        <bdi>{row.path}</bdi>
        {image &&
          ` · ${typeName(image.type)} · ${image.widthPx} × ${image.heightPx} · ${formatBytes(image.sizeBytes)}`}
      </p>
    </Dialog>
  );
}

/** The image itself, or that there is none. */
export function WholeImage({ row }: { row: GridRow }) {
  const [isBroken, setBroken] = useState(false);
  const image = useApp().validation?.images[row.id];
  if (isBroken || image?.path !== row.path) return <p class="no-image">No image to show</p>;
  return (
    <img
      class="large"
      src={`/api/picture/${row.id}`}
      alt={row.name}
      onError={() => setBroken(true)}
    />
  );
}
