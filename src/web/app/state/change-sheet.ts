// How edits reach the server: one request after another, shown at once, the server's answer the truth.
import type {
  SaveConflicts,
  SheetChange,
  SheetDocument,
  SheetHead,
} from "../../../open/sheet-api.ts";
import { get, post, Refused, ServerGone } from "./ask-server.ts";
import { applyChange, applyOps, type Op, type Sheet, toSheet } from "./sheet.ts";
import { app, say, setApp } from "./store.ts";

/** The sheet as the server last told it. */
let confirmed: Sheet | null = null;
/** Edits that it has not answered yet, oldest first. */
let waiting: { ops: readonly Op[] }[] = [];
/** Ends once all requests so far are answered. */
let queue: Promise<unknown> = Promise.resolve();

/** Takes a whole sheet from the server; edits under way are still shown. */
export function takeSheet(document: SheetDocument | null): void {
  confirmed = document && toSheet(document);
  show();
}

/** Fetches the open sheet anew. */
export async function fetchSheet(): Promise<void> {
  takeSheet(await get<SheetDocument>("sheet"));
}

/** Takes a change, from an answer or from an event; each comes both ways, and counts once. */
export async function takeChange(change: SheetChange): Promise<void> {
  if (!confirmed || change.head.revision < confirmed.head.revision) return;
  if (change.head.revision === confirmed.head.revision) {
    takeHead(change.head);
    return;
  }
  const next = applyChange(confirmed, change);
  if (next === undefined) return fetchSheet();
  confirmed = next;
  show();
}

/** Takes what is told of the sheet besides its rows; false: the page's rows are of an older revision. */
export function takeHead(head: SheetHead): boolean {
  if (!confirmed || confirmed.head.revision < head.revision) return false;
  if (confirmed.head.revision === head.revision) confirmed = { ...confirmed, head };
  show();
  return true;
}

/** Makes one entry of undo out of these edits. `label` is what undo calls it. */
export function edit(ops: readonly Op[], label: string): Promise<void> {
  if (ops.length === 0 || app().isGone) return Promise.resolve();
  const entry = { ops };
  waiting.push(entry);
  show();
  return send((base) => post<SheetChange>("edits", { base, label, ops }), entry);
}

/** Takes back the last action, of whichever tab. */
export function undo(): Promise<void> {
  const what = app().sheet?.head.undo;
  return what == null && app().pending === 0
    ? Promise.resolve(say("Nothing to undo"))
    : send((base) => post<SheetChange>("undo", { base })).then(() => say(`Undone: ${what ?? ""}`));
}

/** Makes the action again that was taken back. */
export function redo(): Promise<void> {
  const what = app().sheet?.head.redo;
  return what == null
    ? Promise.resolve(say("Nothing to redo"))
    : send((base) => post<SheetChange>("redo", { base })).then(() => say(`Done again: ${what}`));
}

/** Makes an exact repair, or all of them. */
export function repair(which: number | "all"): Promise<void> {
  return send((base) => post<SheetChange>("repair", { base, which })).then(() => say("Repaired"));
}

/** Writes the draft to the file. Where the file changed in the same cells, asks. */
export async function save(
  conflicts?: { row: number; column: number; keep: "yours" | "file" }[],
): Promise<void> {
  await send(async (base) => {
    try {
      const change = await post<SheetChange>("save", { base, ...(conflicts && { conflicts }) });
      say("Saved");
      return change;
    } catch (error) {
      const told = error instanceof Refused ? (error.body as Partial<SaveConflicts>) : undefined;
      if (!told?.conflicts) throw error;
      setApp({ conflicts: told.conflicts, dialog: "conflicts" });
      return undefined;
    }
  });
}

async function send(
  request: (base: number) => Promise<SheetChange | undefined>,
  entry?: (typeof waiting)[number],
): Promise<void> {
  setApp({ pending: app().pending + 1 });
  const turn = queue.then(async () => {
    try {
      const change = await request(confirmed?.head.revision ?? 1);
      waiting = waiting.filter((one) => one !== entry);
      if (change) {
        setApp({ notes: change.notes });
        await takeChange(change);
      }
    } catch (error) {
      waiting = waiting.filter((one) => one !== entry);
      await failed(error);
    } finally {
      setApp({ pending: app().pending - 1 });
    }
    show();
  });
  queue = turn;
  await turn;
}

async function failed(error: unknown): Promise<void> {
  if (error instanceof Refused && error.error.code === "STALE") {
    await fetchSheet();
    const hint = "It is shown as it is now. Make your last change again.";
    const message = "the spreadsheet was changed in another window";
    setApp({ failure: { code: "STALE", message, hint } });
  } else report(error);
}

/** Shows what went wrong, wherever it did. */
export function report(error: unknown): void {
  if (error instanceof ServerGone) setApp({ isGone: true });
  else if (error instanceof Refused) setApp({ failure: error.error });
  else throw error;
}

function show(): void {
  setApp({
    sheet:
      confirmed &&
      applyOps(
        confirmed,
        waiting.flatMap(({ ops }) => ops),
      ),
  });
}
