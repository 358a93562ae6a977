import { useEffect, useState } from "preact/hooks";
import { isGraphicId } from "../../../manifest/manifest.ts";
import type { UnknownsDocument } from "../../../open/run-api.ts";
import { plural } from "../../../report/units.ts";
import { Foot } from "../parts/foot.tsx";
import { ImageCell } from "../parts/image-cell.tsx";
import { goTo } from "../state/address.ts";
import { get, post } from "../state/ask-server.ts";
import { report } from "../state/change-sheet.ts";
import { fetchPlan } from "../state/live.ts";
import { say, useApp } from "../state/store.ts";

type Unknown = UnknownsDocument["unknowns"][number];

/** Uploads that got no answer: one looks in the library, and says what is there. */
export function UnknownsScreen() {
  const [unknowns, setUnknowns] = useState<readonly Unknown[] | null>(null);
  const load = () =>
    get<UnknownsDocument>("unknowns")
      .then((document) => setUnknowns(document.unknowns))
      .catch(report);
  useEffect(() => void load(), []);
  const settle = async (unknown: Unknown, graphicId: string | null) => {
    const { folder, name } = unknown;
    try {
      await post("settle", { folder, name, graphicId });
      say(graphicId === null ? `${name} can be uploaded again` : `${name} has its ID`);
      await Promise.all([load(), fetchPlan()]);
    } catch (error) {
      report(error);
    }
  };
  const count = unknowns?.length ?? 0;
  return (
    <>
      <main class="page">
        <h1>{unknowns && count === 0 ? "No unknowns" : "Settle unknowns"}</h1>
        {count > 0 && (
          <p class="explained">
            These images were sent, but no answer came back. Look for each in your Qualtrics
            library. If it is there, paste its ID (<code>IM_…</code>); if not, it can be uploaded
            again. Uploading without looking may make a duplicate.
          </p>
        )}
        {unknowns === null && <p>Looking them up…</p>}
        <ul class="unknowns">
          {unknowns?.map((unknown) => (
            <Question
              key={`${unknown.folder}\n${unknown.name}`}
              unknown={unknown}
              settle={settle}
            />
          ))}
        </ul>
      </main>
      <Foot summary={count > 0 ? plural(count, "unknown") : ""}>
        <button type="button" class={count > 0 ? "" : "primary"} onClick={() => goTo("preview")}>
          To the preview
        </button>
      </Foot>
    </>
  );
}

interface QuestionProps {
  unknown: Unknown;
  settle(unknown: Unknown, graphicId: string | null): Promise<void>;
}

function Question({ unknown, settle }: QuestionProps) {
  const { isGone } = useApp();
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  const { row, path, name, folder, sentAt } = unknown;
  const id = text.trim();
  const isWrong = id !== "" && !isGraphicId(id);
  const answer = async (graphicId: string | null) => {
    setBusy(true);
    await settle(unknown, graphicId);
    setBusy(false);
  };
  return (
    <li>
      <ImageCell row={row} path={path} name={name} folder={folder} />
      <span class="soft">
        sent {new Date(sentAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}
      </span>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void answer(id);
        }}
      >
        <input
          aria-label={`ID of ${name}`}
          placeholder="IM_…"
          value={text}
          spellcheck={false}
          autocomplete="off"
          aria-invalid={isWrong || undefined}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={isGone || isBusy || id === "" || isWrong}>
          It has this ID
        </button>
        <button type="button" disabled={isGone || isBusy} onClick={() => void answer(null)}>
          Not in the library
        </button>
        {isWrong && <span class="is-error">An ID looks like IM_1a2B3c4D5e6F7g8.</span>}
      </form>
    </li>
  );
}
