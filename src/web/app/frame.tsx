import type { ComponentChildren } from "preact";
import { Banners } from "./parts/banners.tsx";
import { HistoryScreen } from "./screens/history.tsx";
import { IdsScreen } from "./screens/ids.tsx";
import { PreviewScreen } from "./screens/preview.tsx";
import { SheetScreen } from "./screens/sheet.tsx";
import { StartScreen } from "./screens/start.tsx";
import { TargetDialog } from "./screens/target-dialog.tsx";
import { UnknownsScreen } from "./screens/unknowns.tsx";
import { UploadScreen } from "./screens/upload.tsx";
import type { Screen } from "./state/address.ts";
import { redo, save, undo } from "./state/change-sheet.ts";
import { type AppData, setApp, useApp } from "./state/store.ts";
import { AddImagesDialog } from "./tools/add-images.tsx";
import { ConflictsDialog } from "./tools/conflicts-dialog.tsx";
import { KeysDialog } from "./tools/keys-dialog.tsx";
import { RepairsDialog } from "./tools/repairs-dialog.tsx";

const SCREEN_OF: Readonly<Record<Screen, () => ComponentChildren>> = {
  start: () => <StartScreen />,
  sheet: () => <SheetScreen />,
  preview: () => <PreviewScreen />,
  upload: () => <UploadScreen />,
  unknowns: () => <UnknownsScreen />,
  ids: () => <IdsScreen />,
  history: () => <HistoryScreen />,
};

const STEPS: readonly (readonly [Screen, string])[] = [
  ["sheet", "Sheet"],
  ["preview", "Preview"],
  ["upload", "Upload"],
  ["ids", "IDs"],
];

/** What every screen has around it. */
export function Frame() {
  const data = useApp();
  const { screen, state } = data;
  if (!state) return <main class="loading">{data.isGone ? <Banners data={data} /> : null}</main>;
  return (
    <>
      <Head data={data} />
      <Banners data={data} />
      {SCREEN_OF[screen]()}
      <p class="status" role="status">
        {data.status}
      </p>
      <Dialogs data={data} />
    </>
  );
}

function Head({ data }: { data: AppData }) {
  const { screen, state, sheet } = data;
  return (
    <header class="head">
      <div class="head-row">
        <a class="open-file" href="#start" title="Open another spreadsheet">
          <bdi>{state?.sheet?.file ?? "qgfx"}</bdi>
          {state?.sheet && <span aria-hidden="true"> ▾</span>}
        </a>
        <TargetBadge />
        <span class="grow" />
        {sheet && <SavedState data={data} />}
      </div>
      {state?.sheet && (
        <nav aria-label="Steps">
          <ol>
            {STEPS.map(([name, title], index) => (
              <li key={name}>
                <Step name={name} screen={screen}>
                  <span class="number">{index + 1}</span> {title}
                </Step>
              </li>
            ))}
          </ol>
          <Step name="history" screen={screen}>
            History
          </Step>
        </nav>
      )}
    </header>
  );
}

interface StepProps {
  name: Screen;
  screen: Screen;
  children: ComponentChildren;
}

function Step({ name, screen, children }: StepProps) {
  const isHere = name === screen || (name === "upload" && screen === "unknowns");
  return (
    <a href={`#${name}`} class="step" aria-current={isHere ? "page" : undefined}>
      {children}
    </a>
  );
}

function SavedState({ data: { sheet, pending, isGone } }: { data: AppData }) {
  if (!sheet) return null;
  const { head } = sheet;
  return (
    <>
      <button
        type="button"
        class="icon"
        aria-label="Undo"
        title={head.undo === null ? "Nothing to undo" : `Undo: ${head.undo} (Ctrl+Z)`}
        disabled={head.undo === null || isGone}
        onClick={undo}
      >
        ↶
      </button>
      <button
        type="button"
        class="icon"
        aria-label="Redo"
        title={head.redo === null ? "Nothing to redo" : `Redo: ${head.redo} (Ctrl+Y)`}
        disabled={head.redo === null || isGone}
        onClick={redo}
      >
        ↷
      </button>
      <span class="saved">{savedText(head.isChanged, pending)}</span>
      <button
        type="button"
        disabled={!head.isChanged || isGone}
        title="Write the changes to the file (Ctrl+S)"
        onClick={() => save()}
      >
        Save
      </button>
    </>
  );
}

function savedText(isChanged: boolean, pending: number): string {
  if (pending > 0) return "Keeping…";
  return isChanged ? "Draft kept" : "Saved";
}

const close = () => setApp({ dialog: null });

/** The dialog that stands before the screen, if any. Those that need the selection belong to the sheet's screen. */
function Dialogs({ data }: { data: AppData }) {
  switch (data.dialog) {
    case "target":
      return <TargetDialog onClose={close} />;
    case "keys":
      return <KeysDialog onClose={close} />;
    case "conflicts":
      return <ConflictsDialog conflicts={data.conflicts} onClose={close} />;
    case "repairs":
      return <RepairsDialog onClose={close} />;
    case "add":
      return <AddImagesDialog onClose={close} />;
    default:
      return null;
  }
}

/** Where uploads go; a click changes it. The sandbox is striped: nothing of it is real. */
function TargetBadge() {
  const { state } = useApp();
  if (!state) return null;
  const { target } = state;
  const isSandbox = target.kind === "sandbox";
  const isReady = isSandbox || target.problem === null;
  return (
    <button
      type="button"
      class={`target ${isSandbox ? "is-sandbox" : isReady ? "is-service" : "is-unready"}`}
      title={isSandbox ? "A practice Qualtrics on this computer" : (target.host ?? "")}
      onClick={() => setApp({ dialog: "target" })}
    >
      <span class="hidden">Uploads go to: </span>
      {targetName(state.target)} <span aria-hidden="true">▾</span>
    </button>
  );
}

/** In a few words. */
function targetName(target: NonNullable<ReturnType<typeof useApp>["state"]>["target"]): string {
  if (target.kind === "sandbox") return "Sandbox";
  if (target.host === null) return "Where to?";
  return target.libraryName ?? target.library ?? target.host;
}
