// The page of `qgfx open`: edit a spreadsheet of images, see what an upload does, upload, take the IDs.
import { render } from "preact";
import type { StateDocument } from "../../open/run-api.ts";
import { Frame } from "./frame.tsx";
import { goTo, screenOf } from "./state/address.ts";
import { get } from "./state/ask-server.ts";
import { report } from "./state/change-sheet.ts";
import { listenToServer, lookAgain, takeState } from "./state/live.ts";
import { app, isRunning, setApp } from "./state/store.ts";

window.addEventListener("hashchange", readAddress);
// A file that is dropped beside its goal must not take the page's place.
for (const event of ["dragover", "drop"]) {
  window.addEventListener(event, (dropped) => dropped.preventDefault());
}
const root = document.querySelector("#app");
if (root) render(<Frame />, root);
void start();

async function start(): Promise<void> {
  try {
    const state = await get<StateDocument>("state");
    await takeState(state);
  } catch (error) {
    report(error);
  }
  readAddress();
  listenToServer();
}

/** Without a sheet there is only the start; without an address the sheet, or the run under way. */
function readAddress(): void {
  const { state } = app();
  const named = screenOf(location.hash);
  if (!state?.sheet) return void setApp({ screen: "start" });
  if (named === "preview") lookAgain();
  if (named) return void setApp({ screen: named, failure: null });
  goTo(isRunning(app()) ? "upload" : "sheet");
}
