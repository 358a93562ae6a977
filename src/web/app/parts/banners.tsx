import { useState } from "preact/hooks";
import type { SheetDocument } from "../../../open/sheet-api.ts";
import { sentence } from "../grid/problems.ts";
import { post } from "../state/ask-server.ts";
import { report, takeSheet } from "../state/change-sheet.ts";
import { type AppData, setApp } from "../state/store.ts";
import { ProblemText } from "./problem-text.tsx";

/** What must be known before anything else: the server is gone, something failed, unsaved changes came back. */
export function Banners({ data }: { data: AppData }) {
  const { isGone, failure, notes, sheet } = data;
  return (
    <section class="banners" aria-label="Notices" aria-live="polite">
      {isGone && (
        <p class="banner is-error">
          <span>
            <b>qgfx has stopped.</b> Your draft is kept. Start it again as you did:{" "}
            <code>npx qgfx open</code>, or <code>qgfx open</code>.
          </span>
        </p>
      )}
      {failure && (
        <p class="banner is-error">
          <ProblemText error={failure} />
          <Dismiss onClick={() => setApp({ failure: null })} />
        </p>
      )}
      {notes.length > 0 && (
        <p class="banner">
          <span>{notes.map(sentence).join(" ")}</span>
          <Dismiss onClick={() => setApp({ notes: [] })} />
        </p>
      )}
      {sheet?.head.recoveredAt && <Recovered at={sheet.head.recoveredAt} />}
      {sheet?.head.isChangedOnDisk && <ChangedOnDisk hasDraft={sheet.head.isChanged} />}
    </section>
  );
}

function Dismiss({ onClick }: { onClick(): void }) {
  return (
    <button type="button" class="icon" aria-label="Dismiss" onClick={onClick}>
      ✕
    </button>
  );
}

function Recovered({ at }: { at: string }) {
  const [isKept, setKept] = useState(false);
  if (isKept) return null;
  const time = new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  return (
    <p class="banner">
      <span>
        <b>Unsaved changes of {time}</b> are still here.
      </span>
      <button type="button" onClick={() => setKept(true)}>
        Keep
      </button>
      <button type="button" onClick={() => void takeFrom("discard")}>
        Discard
      </button>
    </p>
  );
}

function ChangedOnDisk({ hasDraft }: { hasDraft: boolean }) {
  return (
    <p class="banner is-warning">
      <span>
        <b>The file was changed by another program.</b>{" "}
        {hasDraft
          ? "Save combines its changes with yours. Reload drops yours."
          : "Reload shows it as it is now."}
      </span>
      <button type="button" onClick={() => void takeFrom("reload")}>
        Reload
      </button>
    </p>
  );
}

async function takeFrom(path: "discard" | "reload"): Promise<void> {
  try {
    takeSheet(await post<SheetDocument>(path, {}));
  } catch (error) {
    report(error);
  }
}
