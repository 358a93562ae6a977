import { useEffect, useState } from "preact/hooks";
import type { ExportDocument, ExportsDocument } from "../../../open/run-api.ts";
import type { Refusal } from "../../../open/sheet-api.ts";
import { formatCount } from "../../../report/units.ts";
import { copy } from "../../shared/copy.ts";
import { sentence } from "../grid/problems.ts";
import { Choice } from "../parts/choice.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { ProblemText } from "../parts/problem-text.tsx";
import { get, post, postBytes, Refused } from "../state/ask-server.ts";
import { report } from "../state/change-sheet.ts";
import { app, say } from "../state/store.ts";
import { BY_NONE, type By, ExportColumns, type Format, OwnQuestion } from "./export-options.tsx";

const LINES = 20;
/** A survey file is a single line. */
const CHARACTERS = 4_000;

/** What is exported: a format, the columns that it goes by, and the survey whose question is copied. */
interface Chosen {
  format: Format;
  by: By;
  template: File | null;
}

/** Every format the IDs can have: its first lines, to copy or to save. */
export function Exports({ onClose }: { onClose(): void }) {
  const [formats, setFormats] = useState<readonly Format[]>([]);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [shown, setShown] = useState<ExportDocument | null>(null);
  const [error, setError] = useState<Refusal["error"] | null>(null);
  const [file, setFile] = useState("");
  // The page behind is covered: what is wrong is told here.
  const told = (problem: unknown) => {
    if (problem instanceof Refused) setError(problem.error);
    else report(problem);
  };
  const choose = (format: Format | undefined, template: File | null = null) => {
    if (!format) return;
    setChosen({ format, by: BY_NONE, template });
    setFile(`${stem()}.ids.${template ? endingOf(template) : format.extension}`);
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
    setShown(null);
    setError(null);
    if (!chosen || lacksGroup(chosen)) return;
    let isLate = false;
    preview(chosen)
      .then((document) => !isLate && setShown(document))
      .catch((problem) => !isLate && told(problem));
    return () => {
      isLate = true;
    };
  }, [chosen]);
  const save = async () => {
    if (!chosen) return;
    try {
      const saved = await saveAs(chosen, file);
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
        <Choice
          value={chosen?.format.format ?? ""}
          aria-describedby="export-title"
          options={formats.map(({ format, name }) => [format, name])}
          choose={(wanted) => choose(formats.find(({ format }) => format === wanted))}
        />
      </label>
      <p class="soft" id="export-title">
        {chosen && sentence(chosen.format.title)}
      </p>
      {chosen?.format.takesTemplate && (
        <OwnQuestion
          template={chosen.template}
          choose={(template) => choose(chosen.format, template)}
        />
      )}
      {chosen && (!chosen.format.takesTemplate || chosen.template) && (
        <ExportColumns
          format={chosen.format}
          by={chosen.by}
          choose={(by) => setChosen({ ...chosen, by })}
        />
      )}
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
          {sentence(note)}
        </p>
      ))}
    </Dialog>
  );
}

function lacksGroup({ format, by }: Chosen): boolean {
  return format.needsGroup && by.groupBy === "";
}

/** The columns by name. */
function columnsOf({ format, by }: Chosen): Record<string, string> {
  const named = format.by.filter((what) => by[what] !== "").map((what) => [what, by[what]]);
  return Object.fromEntries(named);
}

function preview(chosen: Chosen): Promise<ExportDocument> {
  const { format, template } = chosen;
  if (template) return askForQuestions(chosen, template, {});
  return get(`export?${new URLSearchParams({ format: format.format, ...columnsOf(chosen) })}`);
}

function saveAs(chosen: Chosen, file: string): Promise<ExportDocument> {
  const { format, template } = chosen;
  if (template) return askForQuestions(chosen, template, { file });
  return post("export", { format: format.format, ...columnsOf(chosen), file });
}

function askForQuestions(
  chosen: Chosen,
  template: File,
  more: Record<string, string>,
): Promise<ExportDocument> {
  const query = new URLSearchParams({ template: template.name, ...columnsOf(chosen), ...more });
  return postBytes(`questions?${query}`, template);
}

function endingOf({ name }: File): string {
  return /\.([a-z]+)$/i.exec(name)?.[1] ?? "txt";
}

function stem(): string {
  return (app().sheet?.head.file ?? "ids").replace(/^.*[\\/]/, "").replace(/\.[^.]+$/, "");
}

function firstLines(text: string): string {
  const lines = text.split("\n");
  const more = lines.length - LINES;
  const first =
    more > 1 ? `${lines.slice(0, LINES).join("\n")}\n… ${formatCount(more)} more lines` : text;
  return first.length > CHARACTERS ? `${first.slice(0, CHARACTERS)}…` : first;
}
