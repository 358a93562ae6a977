import { useEffect, useState } from "preact/hooks";
import { plural } from "../../../report/units.ts";
import { Decision, Dialog } from "../parts/dialog.tsx";
import { goTo } from "../state/address.ts";
import { edit, report } from "../state/change-sheet.ts";
import { app, isRunning, say, setApp } from "../state/store.ts";
import { ChosenImages, copyAll, imagesAmong, NO_IMAGES } from "./chosen-images.tsx";

/** Files that were dropped on the sheet, until the dialog takes them. */
let dropped: readonly File[] = [];

/** Asks whether files that were dropped get rows, or says why they cannot. */
export function askToAdd(files: Iterable<File>): void {
  const images = imagesAmong(files);
  if (app().isGone || isRunning(app()))
    say("The spreadsheet cannot be changed while an upload is under way");
  else if (images.length === 0) say(NO_IMAGES);
  else {
    dropped = images;
    setApp({ dialog: "add" });
  }
}

/** Chooses images and asks before they are copied beside the spreadsheet. */
export function AddImagesDialog({ onClose }: { onClose(): void }) {
  const [files, setFiles] = useState<readonly File[]>(dropped);
  const [folder, setFolder] = useState(() => app().sheet?.rows.at(-1)?.folder ?? "");
  const [done, setDone] = useState<number | null>(null);
  useEffect(() => {
    dropped = [];
  }, []);
  const copy = async () => {
    const paths: string[] = [];
    try {
      await copyAll(files, paths, setDone);
    } catch (error) {
      report(error);
    }
    onClose();
    // What was copied before an error gets its rows, too.
    if (paths.length === 0) return;
    const count = plural(paths.length, "image");
    say(`${count} added`);
    goTo("sheet");
    await edit(
      [{ op: "add", rows: paths.map((path) => ({ path, name: "", folder })) }],
      `${count} added`,
    );
  };
  return (
    <Dialog
      title="Add images"
      onClose={onClose}
      actions={
        <Decision
          onCancel={onClose}
          disabled={files.length === 0 || done !== null}
          onGo={() => void copy()}
        >
          {done === null ? addLabel(files.length) : `${done} copied…`}
        </Decision>
      }
    >
      <p>
        Images are copied to the folder of <b>{app().sheet?.head.file}</b>, and each gets a row. The
        originals stay where they are.
      </p>
      <ChosenImages files={files} choose={setFiles} />
      <label class="field">
        <span>Folder in the library</span>
        <input value={folder} onInput={({ currentTarget }) => setFolder(currentTarget.value)} />
      </label>
    </Dialog>
  );
}

function addLabel(count: number): string {
  return count === 0 ? "Copy and add" : `Copy and add ${plural(count, "image")}`;
}
