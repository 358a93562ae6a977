import { useState } from "preact/hooks";
import type { RunState } from "../../../open/run-api.ts";
import { formatBytes, formatDuration, plural } from "../../../report/units.ts";
import { Foot } from "../parts/foot.tsx";
import { goTo } from "../state/address.ts";
import { post } from "../state/ask-server.ts";
import { report, save } from "../state/change-sheet.ts";
import { takeStart } from "../state/live.ts";
import { app, setApp, useApp } from "../state/store.ts";
import { RunEnded, RunUnderWay } from "./run-view.tsx";

/** Asks, then shows the run: under way or ended. */
export function UploadScreen() {
  const { state, asksAfter } = useApp();
  const run = state?.run ?? null;
  if (run && run.phase !== "ended") return <RunUnderWay run={run} />;
  if (run && asksAfter !== run.number) return <RunEnded run={run} askAgain={askToUpload} />;
  return <Question />;
}

/** Goes to the question before an upload; the run that follows takes its place. */
export function askToUpload(): void {
  setApp({ asksAfter: app().state?.run?.number ?? 0 });
  goTo("upload");
}

function Question() {
  const { state, plan, sheet, isGone } = useApp();
  const [unknown, setUnknown] = useState<"hold" | "retry">("hold");
  const [isBusy, setBusy] = useState(false);
  const summary = plan?.plan?.summary;
  if (!state || !sheet || !plan || !summary) return <NothingToAsk />;
  const { target } = state;
  const unanswered = plan.plan?.actions.filter(({ reason }) => reason === "held") ?? [];
  const held = unanswered.length;
  const again = unknown === "retry" ? unanswered : [];
  const uploads = summary.create + summary.replace + again.length;
  const sizeBytes = again.reduce((sum, { bytes }) => sum + bytes, summary.bytes);
  if (uploads === 0 && held === 0) return <NothingToAsk />;
  if (sheet.head.isChanged) return <Unsaved />;
  const start = async () => {
    setBusy(true);
    try {
      const library = target.library ?? "";
      const asked = { revision: plan.revision, uploads, bytes: sizeBytes, library, unknown };
      takeStart(await post<RunState>("run", asked));
    } catch (error) {
      report(error);
    }
    setBusy(false);
  };
  return (
    <>
      <main class="page">
        <h1>Upload {plural(uploads, "image")}?</h1>
        <dl class="facts">
          <dt>New</dt>
          <dd>{plural(summary.create, "image")}</dd>
          {summary.replace > 0 && (
            <>
              <dt>Replaced</dt>
              <dd>
                {plural(summary.replace, "image")}, each under a new ID. Surveys keep the old image
                until you put in the new ID.
              </dd>
            </>
          )}
          <dt>Size</dt>
          <dd>
            {formatBytes(sizeBytes)}, at least {formatDuration(plan.shortestMs)}
          </dd>
          <dt>Where to</dt>
          <dd>
            <Where target={target} />
          </dd>
        </dl>
        {held > 0 && (
          <fieldset class="choices is-tall">
            <legend>
              {plural(held, "image")} sent earlier got no answer and may be in the library
            </legend>
            <label>
              <input
                type="radio"
                name="unknown"
                checked={unknown === "hold"}
                onChange={() => setUnknown("hold")}
              />{" "}
              Leave them, and <a href="#unknowns">settle them</a> by looking (recommended)
            </label>
            <label>
              <input
                type="radio"
                name="unknown"
                checked={unknown === "retry"}
                onChange={() => setUnknown("retry")}
              />{" "}
              Send them again, which may make duplicates
            </label>
          </fieldset>
        )}
        <p class="soft">You can close this page while it uploads. The IDs are kept either way.</p>
      </main>
      <Foot summary="">
        <button type="button" onClick={() => goTo("preview")}>
          Back
        </button>
        <button
          type="button"
          class="primary"
          disabled={isGone || isBusy || uploads === 0}
          onClick={() => void start()}
        >
          {isBusy ? "Starting…" : `Upload ${plural(uploads, "image")}`}
        </button>
      </Foot>
    </>
  );
}

function Where({ target }: { target: NonNullable<ReturnType<typeof app>["state"]>["target"] }) {
  if (target.kind === "sandbox") {
    return (
      <>
        <b>Sandbox</b>: a practice Qualtrics on this computer. Nothing leaves it.
      </>
    );
  }
  return (
    <>
      Library <b>{target.libraryName ?? target.library}</b> on {target.host}
    </>
  );
}

/** An upload reads the file, not the draft. */
function Unsaved() {
  const saveFirst = async () => {
    await save();
    if (app().dialog === null) goTo("preview");
  };
  return (
    <>
      <main class="page">
        <h1>Save first</h1>
        <p>
          The spreadsheet has changes that are not in the file yet. An upload sends what the file
          says.
        </p>
      </main>
      <Foot summary="">
        <button type="button" class="primary" onClick={() => void saveFirst()}>
          Save and preview
        </button>
      </Foot>
    </>
  );
}

function NothingToAsk() {
  return (
    <>
      <main class="page">
        <h1>Nothing to upload</h1>
        <p>The preview shows what an upload does.</p>
      </main>
      <Foot summary="">
        <button type="button" class="primary" onClick={() => goTo("preview")}>
          See the preview
        </button>
      </Foot>
    </>
  );
}
