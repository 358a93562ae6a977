import { useEffect, useState } from "preact/hooks";
import type { ExportDocument, ExportsDocument } from "../../../open/api.ts";
import { copy } from "../../shared/copy.ts";
import { Dialog } from "../parts/dialog.tsx";
import { get, post } from "../state/ask-server.ts";
import { report } from "../state/change-sheet.ts";
import { app, say } from "../state/store.ts";

const LINES = 20;

/** Every format the IDs can have: its first lines, to copy or to save. */
export function Exports({ onClose }: { onClose(): void }) {
  const [formats, setFormats] = useState<ExportsDocument["formats"]>([]);
  const [format, setFormat] = useState<string | null>(null);
  const [shown, setShown] = useState<ExportDocument | null>(null);
  const [file, setFile] = useState("");
  useEffect(() => {
    get<ExportsDocument>("exports")
      .then((document) => {
        setFormats(document.formats);
        setFormat(document.formats[0]?.format ?? null);
      })
      .catch(report);
  }, []);
  useEffect(() => {
    if (format === null) return;
    const extension = formats.find((one) => one.format === format)?.extension ?? "txt";
    setFile(`${stem()}.ids.${extension.replace(/^\./, "")}`);
    setShown(null);
    get<ExportDocument>(`export?format=${encodeURIComponent(format)}`)
      .then(setShown)
      .catch(report);
  }, [format]);
  const save = async () => {
    try {
      const saved = await post<ExportDocument>("export", { format, file });
      say(`Saved as ${saved.file}`);
      onClose();
    } catch (error) {
      onClose();
      report(error);
    }
  };
  const text = shown?.text ?? "";
  return (
    <Dialog
      title="Export"
      onClose={onClose}
      isWide
      actions={
        <>
          <label class="field is-inline">
            <span>Save as</span>
            <input value={file} onInput={({ currentTarget }) => setFile(currentTarget.value)} />
          </label>
          <span class="grow" />
          <button
            type="button"
            disabled={text === ""}
            onClick={({ currentTarget }) => void copy(currentTarget, text, "the export", say)}
          >
            Copy
          </button>
          <button
            type="button"
            class="primary"
            disabled={shown === null || file === ""}
            onClick={() => void save()}
          >
            Save
          </button>
        </>
      }
    >
      <label class="field">
        <span>Format</span>
        <select
          value={format ?? ""}
          onChange={({ currentTarget }) => setFormat(currentTarget.value)}
        >
          {formats.map((one) => (
            <option key={one.format} value={one.format}>
              {one.title}
            </option>
          ))}
        </select>
      </label>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too */}
      <pre class="export" role="region" tabIndex={0} aria-label="First lines">
        {firstLines(text)}
      </pre>
      {shown?.notes.map((note) => (
        <p key={note} class="soft">
          {note}
        </p>
      ))}
    </Dialog>
  );
}

function stem(): string {
  return (app().sheet?.head.file ?? "ids").replace(/^.*[\\/]/, "").replace(/\.[^.]+$/, "");
}

function firstLines(text: string): string {
  const lines = text.split("\n");
  const more = lines.length - LINES;
  return more > 1 ? `${lines.slice(0, LINES).join("\n")}\n… ${more} more lines` : text;
}
