import { useRef } from "preact/hooks";

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
