import { useEffect, useState } from "preact/hooks";
import type { ExportDocument, ExportsDocument, Refusal } from "../../../open/api.ts";
import { copy } from "../../shared/copy.ts";
import { Dialog } from "../parts/dialog.tsx";
import { ProblemText } from "../parts/problem-text.tsx";
import { get, post, Refused } from "../state/ask-server.ts";
import { report } from "../state/change-sheet.ts";
import { app, say, useApp } from "../state/store.ts";

const LINES = 20;

type Format = ExportsDocument["formats"][number];
/** The columns that the format goes by; empty: none. */
type By = Record<Format["by"][number], string>;

const BY_NONE: By = { groupBy: "", columns: "" };

/** Every format the IDs can have: its first lines, to copy or to save. */
export function Exports({ onClose }: { onClose(): void }) {
  const [formats, setFormats] = useState<readonly Format[]>([]);
  const [chosen, setChosen] = useState<{ format: Format; by: By } | null>(null);
  const [shown, setShown] = useState<ExportDocument | null>(null);
  const [error, setError] = useState<Refusal["error"] | null>(null);
  const [file, setFile] = useState("");
  // The page behind is covered: what is wrong is told here.
  const told = (problem: unknown) => {
    if (problem instanceof Refused) setError(problem.error);
    else report(problem);
  };
  const choose = (format: Format | undefined) => {
    if (!format) return;
    setChosen({ format, by: BY_NONE });
    setFile(`${stem()}.ids.${format.extension}`);
  };
  useEffect(() => {
    get<ExportsDocument>("exports")
      .then((document) => {
        setFormats(document.formats);
        choose(document.formats[0]);
      })
      .catch(told);
  }, []);
  useEffect(() => {
    if (!chosen) return;
    let isLate = false;
    setShown(null);
    setError(null);
    get<ExportDocument>(`export?${new URLSearchParams(wantedOf(chosen))}`)
      .then((document) => !isLate && setShown(document))
      .catch((problem) => !isLate && told(problem));
    return () => {
      isLate = true;
    };
  }, [chosen]);
  const save = async () => {
    if (!chosen) return;
    try {
      const saved = await post<ExportDocument>("export", { ...wantedOf(chosen), file });
      say(`Saved as ${saved.file}`);
      onClose();
    } catch (problem) {
      told(problem);
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
          value={chosen?.format.format ?? ""}
          onChange={({ currentTarget }) => choose(formats[currentTarget.selectedIndex])}
        >
          {formats.map((one) => (
            <option key={one.format} value={one.format}>
              {one.title}
            </option>
          ))}
        </select>
      </label>
      {chosen && <Columns chosen={chosen} choose={(by) => setChosen({ ...chosen, by })} />}
      {error && (
        <p class="is-error">
          ✗ <ProblemText error={error} />
        </p>
      )}
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

function wantedOf({ format, by }: { format: Format; by: By }): Record<string, string> {
  const named = format.by.filter((what) => by[what] !== "").map((what) => [what, by[what]]);
  return { format: format.format, ...Object.fromEntries(named) };
}

const BY_WORDS: Readonly<Record<Format["by"][number], { label: string; none: string }>> = {
  groupBy: { label: "Group by", none: "each image alone" },
  columns: { label: "Fields by", none: "the order of the rows" },
};

interface ColumnsProps {
  chosen: { format: Format; by: By };
  choose(by: By): void;
}

/** The columns that a format can go by. */
function Columns({ chosen: { format, by }, choose }: ColumnsProps) {
  const { sheet } = useApp();
  const columns = sheet?.columns ?? [];
  const missing = ["folder", "name"].filter((name) => !columns.some(({ field }) => field === name));
  const headers = [...new Set([...columns.map(({ header }) => header), ...missing])];
  return (
    <div class="choices">
      {format.by.map((what) => (
        <label key={what} class="field is-short">
          <span>{BY_WORDS[what].label}</span>
          <select
            value={by[what]}
            onChange={({ currentTarget }) => choose({ ...by, [what]: currentTarget.value })}
          >
            <option value="">{BY_WORDS[what].none}</option>
            {headers.map((header) => (
              <option key={header} value={header}>
                {header}
              </option>
            ))}
          </select>
        </label>
      ))}
    </div>
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
