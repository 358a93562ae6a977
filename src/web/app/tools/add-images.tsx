import { useEffect, useRef, useState } from "preact/hooks";
import { formatBytes, plural } from "../../../report/units.ts";
import { Dialog } from "../parts/dialog.tsx";
import { postBytes } from "../state/ask-server.ts";
import { edit, report } from "../state/change-sheet.ts";
import { app, say } from "../state/store.ts";

/** Files that were dropped on the sheet, until the dialog takes them. */
let dropped: readonly File[] = [];

/** Keeps what was dropped for the dialog that asks about it. */
export function keepDropped(files: Iterable<File>): void {
  dropped = [...files].filter(({ type }) => type.startsWith("image/"));
}

/** Chooses images and asks before they are copied beside the spreadsheet. */
export function AddImagesDialog({ onClose }: { onClose(): void }) {
  const [files, setFiles] = useState<readonly File[]>(dropped);
  const [folder, setFolder] = useState(() => app().sheet?.rows.at(-1)?.folder ?? "");
  const [done, setDone] = useState<number | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    dropped = [];
  }, []);
  const size = files.reduce((sum, file) => sum + file.size, 0);
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
        <>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            class="primary"
            disabled={files.length === 0 || done !== null}
            onClick={() => void copy()}
          >
            {done === null ? addLabel(files.length) : `${done} copied…`}
          </button>
        </>
      }
    >
      <p>
        Images are copied to the folder of <b>{app().sheet?.head.file}</b>, and each gets a row. The
        originals stay where they are.
      </p>
      <input
        ref={input}
        id="add-files"
        class="hidden"
        type="file"
        accept="image/png,image/jpeg,image/gif"
        multiple
        tabIndex={-1}
        aria-label="Images"
        onChange={({ currentTarget }) => setFiles([...(currentTarget.files ?? [])])}
      />
      <p>
        <button type="button" onClick={() => input.current?.click()}>
          Choose images…
        </button>
      </p>
      {files.length > 0 && (
        <>
          <ul class="files">
            {files.slice(0, 6).map(({ name, size: bytes }) => (
              <li key={name}>
                <bdi>{name}</bdi> <span class="soft">{formatBytes(bytes)}</span>
              </li>
            ))}
          </ul>
          <p class="soft">
            {files.length > 6 && `and ${files.length - 6} more; `}
            {plural(files.length, "image")}, {formatBytes(size)}
          </p>
        </>
      )}
      <label class="field">
        <span>Folder in the library</span>
        <input value={folder} onInput={({ currentTarget }) => setFolder(currentTarget.value)} />
      </label>
    </Dialog>
  );
}

/** One after another: the disk is the bottleneck, and an error then names one file. */
async function copyAll(
  files: readonly File[],
  paths: string[],
  tell: (done: number) => void,
): Promise<void> {
  for (const file of files) {
    tell(paths.length);
    const address = `pictures?name=${encodeURIComponent(file.name)}`;
    paths.push((await postBytes<{ path: string }>(address, file)).path);
  }
}

function addLabel(count: number): string {
  return count === 0 ? "Copy and add" : `Copy and add ${plural(count, "image")}`;
}
