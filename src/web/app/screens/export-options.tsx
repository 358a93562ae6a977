import { useRef } from "preact/hooks";
import type { ExportsDocument } from "../../../open/run-api.ts";
import { Choice } from "../parts/choice.tsx";
import { useApp } from "../state/store.ts";

export type Format = ExportsDocument["formats"][number];
/** The columns that a format goes by; empty: none. */
export type By = Record<Format["by"][number], string>;

export const BY_NONE: By = { groupBy: "", columns: "" };

const LABELS: Readonly<Record<Format["by"][number], string>> = {
  groupBy: "Group by",
  columns: "Fields by",
};
const NO_COLUMN: Readonly<Record<Format["by"][number], string>> = {
  groupBy: "each image alone",
  columns: "the order of the rows",
};

interface ExportColumnsProps {
  format: Format;
  by: By;
  choose(by: By): void;
}

/** The columns that a format can go by. */
export function ExportColumns({ format, by, choose }: ExportColumnsProps) {
  const { sheet } = useApp();
  const columns = sheet?.columns ?? [];
  const missing = ["folder", "name"].filter((name) => !columns.some(({ field }) => field === name));
  const headers = [...new Set([...columns.map(({ header }) => header), ...missing])];
  return (
    <div class="choices">
      {format.by.map((what) => {
        const isNeeded = what === "groupBy" && format.needsGroup;
        return (
          <label key={what} class="field is-short">
            <span>{isNeeded ? "Participant column" : LABELS[what]}</span>
            <Choice
              value={by[what]}
              required={isNeeded}
              options={[
                ["", isNeeded ? "Choose a column…" : NO_COLUMN[what]],
                ...headers.map((header) => [header, header] as const),
              ]}
              choose={(header) => choose({ ...by, [what]: header })}
            />
          </label>
        );
      })}
    </div>
  );
}

interface OwnQuestionProps {
  template: File | null;
  choose(template: File | null): void;
}

/** The exported survey whose question is copied for each image; without one, questions are plain. */
export function OwnQuestion({ template, choose }: OwnQuestionProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div
      role="group"
      aria-label="Your own question"
      class="drop is-near"
      onDrop={({ dataTransfer }) => choose(dataTransfer?.files[0] ?? template)}
    >
      <input
        ref={input}
        class="hidden"
        type="file"
        accept=".qsf,.txt"
        tabIndex={-1}
        aria-label="Survey with your question"
        onChange={({ currentTarget }) => {
          choose(currentTarget.files?.[0] ?? null);
          currentTarget.value = "";
        }}
      />
      {template ? (
        <>
          <span>
            Copies of the question in <b>{template.name}</b>
          </span>
          <button type="button" onClick={() => choose(null)}>
            Use a plain question
          </button>
        </>
      ) : (
        <span class="soft">
          To use your own question: write {"{{img:1}}"} in it where the image belongs, export the
          survey in Qualtrics, and drop the file here.
        </span>
      )}
      <button type="button" onClick={() => input.current?.click()}>
        {template ? "Choose another…" : "Choose a survey…"}
      </button>
    </div>
  );
}
