import type { StateDocument } from "../../open/api.ts";

/** Shows which directory is served, until the page is built. */
async function show(): Promise<void> {
  const answer = await fetch("/api/state");
  const { directory } = (await answer.json()) as StateDocument;
  document.querySelector("main")?.append(directory);
}

void show();
