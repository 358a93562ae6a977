import type { ItemFinished, RunEvent } from "../execute/events.ts";
import type { JobMessage, JobResult } from "../jobs/watcher.ts";
import { isSent } from "../plan/decide-action.ts";
import type { PrintedTarget } from "../plan/printed-fields.ts";
import { addressKey, type FolderAndName } from "../plan/recorded.ts";
import { sayHere } from "./hints.ts";
import type { RunRow, RunState } from "./run-api.ts";

const MOST_TROUBLED = 200;
const MOST_RECENT = 20;
const MOST_MESSAGES = 200;
const WINDOW_MS = 10_000;
const MS_A_MINUTE = 60_000;

type Message<Kind extends JobMessage["kind"]> = Extract<JobMessage, { kind: Kind }>;

/** How far a run is, from what its job tells. */
export class RunTally {
  readonly #state: Omit<RunState, "rate" | "leftMs" | "troubled" | "recent">;
  readonly #rowIds: ReadonlyMap<number, number>;
  readonly #sent = new Set<string>();
  /** Of deletions, where the graphics are. */
  readonly #places = new Map<string, FolderAndName>();
  readonly #troubled = new Map<string, RunRow>();
  readonly #recent: RunRow[] = [];
  #endsMs: number[] = [];

  /** `rowIds`: by the lines where the rows start. */
  constructor(number: number, what: RunState["what"], rowIds: ReadonlyMap<number, number>) {
    this.#rowIds = rowIds;
    this.#state = {
      number,
      what,
      phase: "running",
      startedAt: new Date().toISOString(),
      library: "",
      host: "",
      total: 0,
      uploaded: 0,
      failed: 0,
      unknown: 0,
      notRun: 0,
      messages: [],
      exitCode: null,
      summary: null,
      durationMs: null,
    };
  }

  get phase(): RunState["phase"] {
    return this.#state.phase;
  }

  /** What is sent, where to. */
  agree(total: number, { host, library }: PrintedTarget): void {
    Object.assign(this.#state, { total, host, library });
  }

  /** Nothing new is sent any more. */
  stopping(): void {
    if (this.phase === "running") this.#state.phase = "stopping";
  }

  take(message: JobMessage): void {
    if (message.kind === "event") this.#takeEvent(message.event);
    else if (message.kind === "deletion-ended") this.#takeDeletion(message);
    else if (message.kind === "run-ended") this.#state.summary = message.end.summary;
    else if (message.kind === "plan") this.#takePlan(message);
    else if (message.kind === "deletions") {
      for (const one of message.document.actions) this.#places.set(one.graphicId, one);
    }
    for (const one of sayHere(message)) this.tell(one.text, one.isWarning);
  }

  /** Keeps what a person must read. */
  tell(text: string, isWarning: boolean): void {
    if (this.#state.messages.length < MOST_MESSAGES) this.#state.messages.push({ isWarning, text });
  }

  end({ exitCode }: Pick<JobResult, "exitCode">): void {
    const durationMs = Date.now() - Date.parse(this.#state.startedAt);
    Object.assign(this.#state, { phase: "ended", exitCode, durationMs });
  }

  describe(): RunState {
    const nowMs = Date.now();
    this.#endsMs = this.#endsMs.filter((endMs) => endMs > nowMs - WINDOW_MS);
    const { phase, startedAt, total, uploaded, failed, unknown, notRun } = this.#state;
    const spanMs = Math.min(WINDOW_MS, Math.max(1, nowMs - Date.parse(startedAt)));
    const rate = phase === "ended" ? 0 : (this.#endsMs.length / spanMs) * MS_A_MINUTE;
    const left = total - uploaded - failed - unknown - notRun;
    return {
      ...this.#state,
      messages: [...this.#state.messages],
      rate,
      leftMs: rate > 0 ? (left / rate) * MS_A_MINUTE : null,
      troubled: [...this.#troubled.values()].slice(0, MOST_TROUBLED),
      recent: [...this.#recent],
    };
  }

  #takePlan({ document }: Message<"plan">): void {
    for (const action of document.actions) if (isSent(action)) this.#sent.add(addressKey(action));
  }

  #takeEvent(event: RunEvent): void {
    if (event.event === "item.retrying") {
      const { reason: error } = event;
      this.#troubled.set(addressKey(event), this.#row(event, { status: "retrying", error }));
    } else if (event.event === "item.finished" && this.#sent.has(addressKey(event))) {
      this.#takeFinished(event);
    }
  }

  #takeFinished(event: ItemFinished): void {
    const { status, graphicId, error, warning } = event;
    if (status === "unchanged") return;
    if (warning !== null)
      this.tell(`${event.folder}/${event.name}: Qualtrics warns: ${warning}`, true);
    const row = this.#row(event, { status, graphicId, error });
    const key = addressKey(event);
    this.#troubled.delete(key);
    this.#state[status === "not-run" ? "notRun" : status] += 1;
    if (status === "not-run") return;
    this.#endsMs.push(Date.now());
    if (status === "uploaded") this.#keepRecent(row);
    else this.#troubled.set(key, row);
  }

  #takeDeletion({ end: { graphicId, status, error } }: Message<"deletion-ended">): void {
    const place = this.#places.get(graphicId) ?? { folder: "", name: graphicId };
    const row = this.#row({ ...place, line: null, path: "" }, { status, graphicId, error });
    const counted = { deleted: "uploaded", failed: "failed", "not-run": "notRun" } as const;
    this.#state[counted[status]] += 1;
    if (status === "not-run") return;
    this.#endsMs.push(Date.now());
    if (status === "deleted") this.#keepRecent(row);
    else this.#troubled.set(graphicId, row);
  }

  #keepRecent(row: RunRow): void {
    this.#recent.unshift(row);
    if (this.#recent.length > MOST_RECENT) this.#recent.pop();
  }

  #row(
    { line, path, name, folder }: FolderAndName & { line: number | null; path: string },
    { status, graphicId = null, error }: Pick<RunRow, "status" | "error"> & Partial<RunRow>,
  ): RunRow {
    const row = this.#rowIds.get(line ?? 0) ?? null;
    return { row, line, path, name, folder, status, graphicId, error };
  }
}
