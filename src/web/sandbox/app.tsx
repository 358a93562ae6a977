// The sandbox's page: what the sandbox holds and what it was asked for, as it changes.
import { render } from "preact";
import { plural } from "../../report/units.ts";
import { listenForCopies } from "../shared/copy.ts";
import { foldersOf, Library } from "./library.tsx";
import { Requests } from "./requests.tsx";
import { type SandboxView, watchSandbox } from "./watch-sandbox.ts";

const main = document.querySelector("main");
const status = document.querySelector("#status");
/** The counts that stand there, so that the same ones are not read out again. */
let counts = "";
let library = drawLibrary([]);

listenForCopies((words) => say(words));
watchSandbox({
  show(view, isQuiet) {
    if (view.graphics !== library.graphics) library = drawLibrary(view.graphics);
    draw(view);
    // Read out once things are quiet, not with every picture.
    if (isQuiet) sayCounts(view);
    else document.title = `(${view.graphics.length}) qgfx sandbox`;
  },
  miss: () => say("the sandbox does not answer: it has ended, or is busy"),
});

/** Drawn once for each change of what is held: what is the same is not compared. */
function drawLibrary(graphics: SandboxView["graphics"]) {
  const folders = foldersOf(graphics);
  return { graphics, folders, drawn: <Library folders={folders} /> };
}

function draw({ requests }: SandboxView): void {
  if (!main) return;
  render(
    <>
      {library.drawn}
      <Requests requests={requests} />
    </>,
    main,
  );
}

function sayCounts({ graphics, requestCount }: SandboxView): void {
  const inFolders = `${plural(graphics.length, "image")} in ${plural(library.folders.length, "folder")}`;
  const text = `${inFolders}, ${plural(requestCount, "request")}`;
  if (text === counts) return;
  say(text);
  counts = text;
}

/** What else is said takes the place of the counts, which then are news again. */
function say(words: string): void {
  if (status) status.textContent = words;
  counts = "";
}
