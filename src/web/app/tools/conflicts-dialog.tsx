import { useState } from "preact/hooks";
import type { SaveConflicts } from "../../../open/sheet-api.ts";
import { plural } from "../../../report/units.ts";
import { Dialog } from "../parts/dialog.tsx";
import { save } from "../state/change-sheet.ts";

interface ConflictsProps {
  conflicts: SaveConflicts["conflicts"];
  onClose(): void;
}

/** The same cells were changed here and in the file: asks for each which one is to stay. */
export function ConflictsDialog({ conflicts, onClose }: ConflictsProps) {
  const [keeps, setKeeps] = useState(() => conflicts.map((): "yours" | "file" => "yours"));
  const keepAll = (keep: "yours" | "file") => setKeeps(conflicts.map(() => keep));
  const saveKept = () => {
    onClose();
    void save(
      conflicts.map(({ row, column }, index) => ({ row, column, keep: keeps[index] ?? "yours" })),
    );
  };
  return (
    <Dialog
      title={`${plural(conflicts.length, "cell")} changed in two places`}
      onClose={onClose}
      isWide
      actions={
        <>
          {conflicts.length > 1 && (
            <>
              <button type="button" onClick={() => keepAll("yours")}>
                All yours
              </button>
              <button type="button" onClick={() => keepAll("file")}>
                All from the file
              </button>
            </>
          )}
          <span class="grow" />
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" class="primary" onClick={saveKept}>
            Save
          </button>
        </>
      }
    >
      <p>
        Another program changed {conflicts.length === 1 ? "it" : "them"} in the file while you
        edited here. Nothing is saved yet.
      </p>
      <ul class="conflicts">
        {conflicts.map((conflict, index) => (
          <li key={`${conflict.row} ${conflict.column}`}>
            <fieldset>
              <legend>
                <bdi>{conflict.path}</bdi>, {conflict.header}{" "}
                <span class="soft">(was “{conflict.was}”)</span>
              </legend>
              {(["yours", "file"] as const).map((keep) => (
                <label key={keep}>
                  <input
                    type="radio"
                    name={`keep-${index}`}
                    checked={keeps[index] === keep}
                    onChange={() => setKeeps(keeps.with(index, keep))}
                  />{" "}
                  {keep === "yours" ? "Yours" : "File"}: <b>{conflict[keep] || "(empty)"}</b>
                </label>
              ))}
            </fieldset>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
