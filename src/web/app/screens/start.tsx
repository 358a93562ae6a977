import { useEffect, useState } from "preact/hooks";
import type { SheetDocument, StartDocument } from "../../../open/sheet-api.ts";
import { plural } from "../../../report/units.ts";
import { Foot } from "../parts/foot.tsx";
import { goTo } from "../state/address.ts";
import { get, post } from "../state/ask-server.ts";
import { report, takeSheet } from "../state/change-sheet.ts";
import { fetchPlan, fetchValidation, takeState } from "../state/live.ts";
import type { Sheet } from "../state/sheet.ts";
import { app, isRunning, say, setApp, useApp } from "../state/store.ts";
import { askToAdd } from "../tools/add-images.tsx";
import { imagesAmong, NO_IMAGES } from "../tools/chosen-images.tsx";
import { NewSheetDialog } from "../tools/new-sheet-dialog.tsx";

type Choice = { file: string } | { directory: string };

/** What can be opened: spreadsheets, and folders of images that become one. */
export function StartScreen() {
  const data = useApp();
  const { state, sheet, isGone } = data;
  const [start, setStart] = useState<StartDocument | null>(null);
  const [choice, setChoice] = useState<Choice | null>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    get<StartDocument>("start")
      .then((document) => {
        setStart(document);
        setChoice(firstOf(document));
      })
      .catch(report);
  }, []);
  const open = async () => {
    if (!choice) return;
    setBusy(true);
    try {
      await openSheet(choice);
    } catch (error) {
      report(error);
    }
    setBusy(false);
  };
  const [dropped, setDropped] = useState<readonly File[] | null>(null);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    const files = event.dataTransfer?.files ?? [];
    const images = imagesAmong(files);
    if (sheet) askToAdd(files);
    else if (images.length === 0) say(NO_IMAGES);
    else setDropped(images);
  };
  const mayDrop = start && !isGone && !isRunning(data) && !sheet?.problem;
  const isEmpty = start && start.sheets.length + start.pictures.length === 0;
  return (
    <>
      <main class="page start" onDrop={mayDrop ? onDrop : undefined}>
        <h1>Which images do you want to upload?</h1>
        <p class="soft">
          In <bdi>{state?.directory}</bdi>
        </p>
        {start === null && <p>Looking for spreadsheets…</p>}
        {isEmpty && <Nothing />}
        {start && (
          <form
            id="start"
            onSubmit={(event) => {
              event.preventDefault();
              void open();
            }}
          >
            <Sheets start={start} choice={choice} choose={setChoice} />
            <Directories start={start} choice={choice} choose={setChoice} />
          </form>
        )}
        {mayDrop && <Drop sheet={sheet} choose={() => setDropped([])} />}
      </main>
      {dropped && (
        <NewSheetDialog
          dropped={dropped}
          onClose={() => setDropped(null)}
          make={() => openSheet({ directory: "." })}
        />
      )}
      <Foot summary={state?.sheet ? <a href="#sheet">Back to {state.sheet.file}</a> : ""}>
        <button
          type="submit"
          form="start"
          class="primary"
          disabled={choice === null || isBusy || isGone}
        >
          {isBusy ? "Opening…" : choice && "directory" in choice ? "Make a spreadsheet" : "Open"}
        </button>
      </Foot>
    </>
  );
}

/** Says what becomes of images that are dropped, and has another way to choose them. */
function Drop({ sheet, choose }: { sheet: Sheet | null; choose(): void }) {
  return (
    <p class="drop">
      {sheet ? (
        <span>
          Drop images here to add them to <bdi>{sheet.head.file}</bdi>.
        </span>
      ) : (
        "Drop images here to make a spreadsheet of them."
      )}
      <button type="button" onClick={() => (sheet ? setApp({ dialog: "add" }) : choose())}>
        Choose images
      </button>
    </p>
  );
}

interface ChoicesProps {
  start: StartDocument;
  choice: Choice | null;
  choose(choice: Choice): void;
}

function Sheets({ start, choice, choose }: ChoicesProps) {
  if (start.sheets.length === 0) return null;
  return (
    <fieldset class="tiles">
      <legend>Spreadsheets</legend>
      {start.sheets.map(({ file, rows, problem }) => (
        <label key={file} class="tile">
          <input
            type="radio"
            name="open"
            checked={choice !== null && "file" in choice && choice.file === file}
            onChange={() => choose({ file })}
          />
          <span class="tile-text">
            <b>
              <bdi>{file}</bdi>
            </b>
            <span class="soft">{problem ?? (rows === null ? "" : plural(rows, "image"))}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Directories({ start, choice, choose }: ChoicesProps) {
  if (start.pictures.length === 0) return null;
  return (
    <fieldset class="tiles">
      <legend>Folders of images: a spreadsheet is made from one</legend>
      {start.pictures.map(({ directory, count }) => (
        <label key={directory} class="tile">
          <input
            type="radio"
            name="open"
            checked={choice !== null && "directory" in choice && choice.directory === directory}
            onChange={() => choose({ directory })}
          />
          <span class="tile-text">
            <b>{directory === "." ? "This folder" : <bdi>{directory}</bdi>}</b>
            <span class="soft">{plural(count, "image")}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Nothing() {
  return (
    <div class="empty">
      <p>
        <b>No spreadsheet and no images in this folder.</b>
      </p>
      <p>Put PNG, JPEG or GIF files into it and reload this page, or drop them here.</p>
    </div>
  );
}

function firstOf({ sheets, pictures }: StartDocument): Choice | null {
  const [sheet] = sheets;
  if (sheet) return { file: sheet.file };
  const [directory] = pictures;
  return directory ? { directory: directory.directory } : null;
}

async function openSheet(choice: Choice): Promise<void> {
  const sheet = await post<SheetDocument>("open", choice);
  setApp({ validation: null, plan: null });
  takeSheet(sheet);
  const { state } = app();
  if (state) await takeState({ ...state, sheet: sheet.head });
  goTo("sheet");
  await Promise.all([fetchValidation(), fetchPlan()]);
}
