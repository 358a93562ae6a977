import { useState } from "preact/hooks";
import { plural } from "../../../report/units.ts";
import { Decision, Dialog } from "../parts/dialog.tsx";
import { report } from "../state/change-sheet.ts";
import { app } from "../state/store.ts";
import { ChosenImages, copyAll } from "./chosen-images.tsx";

interface NewSheetDialogProps {
  dropped: readonly File[];
  onClose(): void;
  /** Makes the spreadsheet of the served folder, and opens it. */
  make(): Promise<void>;
}

/** Asks before images are copied into the served folder and a spreadsheet is made there. */
export function NewSheetDialog({ dropped, onClose, make }: NewSheetDialogProps) {
  const [files, setFiles] = useState(dropped);
  const [done, setDone] = useState<number | null>(null);
  const copy = async () => {
    try {
      await copyAll(files, [], setDone);
      await make();
    } catch (error) {
      report(error);
    }
    onClose();
  };
  const label = files.length === 0 ? "Copy" : `Copy ${plural(files.length, "image")}`;
  return (
    <Dialog
      title="Make a spreadsheet of images"
      onClose={onClose}
      actions={
        <Decision
          onCancel={onClose}
          disabled={files.length === 0 || done !== null}
          onGo={() => void copy()}
        >
          {done === null ? `${label} and make a spreadsheet` : `${done} copied…`}
        </Decision>
      }
    >
      <p>
        Images are copied to <bdi>{app().state?.directory}</bdi>; the originals stay where they are.
        All images in that folder get a row in the spreadsheet.
      </p>
      <ChosenImages files={files} choose={setFiles} />
    </Dialog>
  );
}
