import { useEffect, useState } from "preact/hooks";
import type { StateDocument } from "../../../open/run-api.ts";
import type {
  PlanState,
  Refusal,
  SaveConflicts,
  ValidationDocument,
} from "../../../open/sheet-api.ts";
import type { Screen } from "./address.ts";
import type { Sheet } from "./sheet.ts";

/** Dialogs that can stand before any screen. */
type DialogName = "target" | "keys" | "conflicts" | "rename" | "folder" | "repairs" | "add";

/** All that the screens show and that more than one of them needs. */
export interface AppData {
  screen: Screen;
  dialog: DialogName | null;
  /** Null until the server has answered. */
  state: StateDocument | null;
  /** With the edits that the server has not answered yet. */
  sheet: Sheet | null;
  validation: ValidationDocument | null;
  plan: PlanState | null;
  /** The server does not answer: nothing can be edited. */
  isGone: boolean;
  /** How many edits are on their way. */
  pending: number;
  /** What went wrong last, until it is dismissed. */
  failure: Refusal["error"] | null;
  /** What the server told of the last change. */
  notes: readonly string[];
  conflicts: SaveConflicts["conflicts"];
  /** Whether the upload's screen asks rather than shows the last run: that run's number, 0 before the first. */
  asksAfter: number | null;
  /** What the status line says. */
  status: string;
}

let data: AppData = {
  screen: "start",
  dialog: null,
  state: null,
  sheet: null,
  validation: null,
  plan: null,
  isGone: false,
  pending: 0,
  failure: null,
  notes: [],
  conflicts: [],
  asksAfter: null,
  status: "",
};
const listeners = new Set<() => void>();

/** What the page knows now. */
export function app(): Readonly<AppData> {
  return data;
}

/** Whether a run is under way: the spreadsheet and the target stay as they are until it ends. */
export function isRunning({ state }: Pick<AppData, "state">): boolean {
  return state?.run != null && state.run.phase !== "ended";
}

/** Changes what the page knows, and draws what shows it. */
export function setApp(change: Partial<AppData>): void {
  data = { ...data, ...change };
  for (const listener of listeners) listener();
}

const SAID_MS = 6_000;
let silence: ReturnType<typeof setTimeout> | undefined;

/** Says something in the one status line, for eyes and screen readers; it goes away after a while. */
export function say(status: string): void {
  clearTimeout(silence);
  silence = setTimeout(() => setApp({ status: "" }), SAID_MS);
  // The same words again would not be read out.
  setApp({ status: status === data.status ? `${status} ` : status });
}

/** Draws the component anew when what the page knows changes. */
export function useApp(): Readonly<AppData> {
  const [, redraw] = useState({});
  useEffect(() => {
    const listener = () => redraw({});
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return data;
}
