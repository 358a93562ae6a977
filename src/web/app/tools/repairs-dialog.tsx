import { useEffect, useState } from "preact/hooks";
import type { RepairsDocument } from "../../../open/sheet-api.ts";
import { plural } from "../../../report/units.ts";
import { Decision, Dialog } from "../parts/dialog.tsx";
import { get } from "../state/ask-server.ts";
import { repair, report } from "../state/change-sheet.ts";

/** What "Repair all" would do, cell by cell, before it does it. */
export function RepairsDialog({ onClose }: { onClose(): void }) {
  const [repairs, setRepairs] = useState<RepairsDocument | null>(null);
  useEffect(() => {
    get<RepairsDocument>("repairs").then(setRepairs).catch(report);
  }, []);
  const count = repairs?.changes.length ?? 0;
  const repairAll = () => {
    onClose();
    void repair("all");
  };
  return (
    <Dialog
      title="Repair all"
      onClose={onClose}
      isWide
      actions={
        <Decision onCancel={onClose} disabled={count === 0} onGo={repairAll}>
          Make {plural(count, "change")}
        </Decision>
      }
    >
      {repairs === null && <p>Looking for repairs…</p>}
      {repairs && count === 0 && <p>Nothing here can be repaired automatically.</p>}
      {repairs && count > 0 && (
        <>
          <p>Undo takes all of them back in one step.</p>
          <table class="old-new">
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">Column</th>
                <th scope="col">Now</th>
                <th scope="col">Then</th>
              </tr>
            </thead>
            <tbody>
              {repairs.changes.map(({ line, field, from, to }, index) => (
                <tr key={index}>
                  <td>{line}</td>
                  <td>{field ?? ""}</td>
                  <td>
                    <del>{shown(from)}</del>
                  </td>
                  <td>
                    <ins>{shown(to)}</ins>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </Dialog>
  );
}

/** Spaces are often what is wrong: at the ends they are made visible. */
function shown(text: string): string {
  if (text === "") return "(empty)";
  return text.replace(/^\s+|\s+$/g, (spaces) => "␣".repeat(spaces.length));
}
