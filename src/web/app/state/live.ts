// What the server tells by itself: changes of other windows, checks that ended, the run under way.
import type { Events, RunState, StateDocument } from "../../../open/run-api.ts";
import type { PlanState, ValidationDocument } from "../../../open/sheet-api.ts";
import { get, post } from "./ask-server.ts";
import { fetchSheet, report, takeChange, takeHead, takeSheet } from "./change-sheet.ts";
import { app, isRunning, setApp } from "./store.ts";

let stream: EventSource | undefined;
/** Missed answers in a row. */
let misses = 0;
const MISSES_UNTIL_GONE = 3;
/** The change itself mostly follows; only where it does not, the whole sheet is fetched. */
const BEHIND_MS = 700;

/** Opens the stream of events while the page is seen: browsers allow six for all tabs together. */
export function listenToServer(): void {
  document.addEventListener("visibilitychange", connect);
  window.addEventListener("focus", lookAgain);
  connect();
}

function connect(): void {
  if (document.hidden) {
    stream?.close();
    stream = undefined;
    return;
  }
  if (stream) return;
  stream = new EventSource("/api/events");
  on("state", (state) => void takeState(state).then(fetchChecks).catch(report));
  on("change", (change) => void takeChange(change).catch(report));
  on("validation", () => void fetchValidation());
  on("plan", () => void fetchPlan());
  on("run", (run) => {
    const { state } = app();
    if (state) setApp({ state: { ...state, run } });
  });
  stream.addEventListener("open", () => {
    misses = 0;
    if (app().isGone) location.reload();
  });
  stream.addEventListener("error", () => {
    misses += 1;
    if (misses >= MISSES_UNTIL_GONE) setApp({ isGone: true });
  });
}

/** Takes the answer to the start of a run. What the run told may have come before it, and is younger. */
export function takeStart(run: RunState): void {
  const { state } = app();
  if (state && state.run?.number !== run.number) setApp({ state: { ...state, run } });
}

function on<Name extends keyof Events>(name: Name, take: (data: Events[Name]) => void): void {
  stream?.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent).data)));
}

/** Takes the state; another file or a missed change means that the sheet is fetched, too. */
export async function takeState(state: StateDocument): Promise<void> {
  const old = app();
  setApp({ state, isGone: false });
  if (state.sheet === null) {
    takeSheet(null);
    setApp({ validation: null, plan: null });
    return;
  }
  const isOther = old.sheet?.head.file !== state.sheet.file;
  if (isOther) setApp({ validation: null, plan: null });
  if (isOther) await fetchSheet();
  else if (!takeHead(state.sheet)) setTimeout(catchUp, BEHIND_MS);
  if (isOther) await Promise.all([fetchValidation(), fetchPlan()]);
}

/** Fetches what was found of this revision where that was told before the page listened. */
async function fetchChecks(): Promise<void> {
  const { state, validation, plan } = app();
  const revision = state?.sheet?.revision;
  const isBehind = (found: { revision: number } | null) => found?.revision !== revision;
  if (isBehind(validation)) await fetchValidation();
  if (isBehind(plan)) await fetchPlan();
}

function catchUp(): void {
  const { state, sheet } = app();
  const isBehind = state?.sheet && sheet && sheet.head.revision < state.sheet.revision;
  if (isBehind) fetchSheet().catch(report);
}

/** Lets the server look at the images again: another program may have changed them, and nobody tells of that. */
export function lookAgain(): void {
  const { state, isGone } = app();
  if (state?.sheet && !isGone && !isRunning(app())) post("check", {}).catch(report);
}

/** Fetches the problems of the sheet. */
export async function fetchValidation(): Promise<void> {
  await fetchInto("validation", () => get<ValidationDocument>("validation"));
}

/** Fetches what an upload would do. */
export async function fetchPlan(): Promise<void> {
  await fetchInto("plan", () => get<PlanState>("plan"));
}

async function fetchInto<Key extends "validation" | "plan">(
  key: Key,
  ask: () => Promise<ReturnType<typeof app>[Key]>,
): Promise<void> {
  if (app().state?.sheet == null) return;
  try {
    setApp({ [key]: await ask() });
  } catch (error) {
    report(error);
  }
}
