import type { RequestEntry } from "../../sandbox/state.ts";
import type { Graphic } from "../../sandbox/store.ts";

/** What the page shows of the sandbox. */
export interface SandboxView {
  /** What it holds, in the order it came; the same array until that changes. */
  graphics: readonly Graphic[];
  /** The last requests, newest first. */
  requests: readonly RequestEntry[];
  /** How many requests there were. */
  requestCount: number;
}

/** Who is told what the sandbox says. */
interface Watcher {
  /** `isQuiet`: nothing has happened since the last time. */
  show(view: SandboxView, isQuiet: boolean): void;
  /** The sandbox gives no answer. */
  miss(): void;
}

const REQUESTS_SHOWN = 50;
const PAUSE_MS = 700;
/** A long library takes longer to ask for: the pause grows with it, so that the sandbox has time for uploads. */
const PAUSE_SHARE = 5;
/** A request without a status is under way, or its connection was ended: it is asked for again for a while. */
const PENDING_MS = 60_000;

/** Asks the sandbox for what is new, again and again while the page is seen. */
export function watchSandbox(watcher: Watcher): void {
  const known = new KnownRequests();
  let graphics: readonly Graphic[] | undefined;

  async function poll(): Promise<void> {
    const changed = await ask<RequestEntry[]>(`/sandbox/requests?after=${known.lastSettled}`);
    const isFirst = graphics === undefined;
    if (!graphics || changed.some(mayHaveStored)) {
      graphics = await ask<Graphic[]>("/sandbox/graphics");
    }
    known.add(changed);
    const view = { graphics, requests: known.last(), requestCount: known.count };
    watcher.show(view, isFirst || changed.length === 0);
  }

  async function run(): Promise<void> {
    const start = performance.now();
    try {
      if (!document.hidden) await poll();
    } catch {
      watcher.miss();
    }
    setTimeout(run, Math.max(PAUSE_MS, PAUSE_SHARE * (performance.now() - start)));
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) poll().catch(() => {});
  });
  void run();
}

class KnownRequests {
  /** The number of the last one. */
  count = 0;
  readonly #shown = new Map<number, RequestEntry>();
  /** Kept apart from what is shown: the last to end may be an old one. */
  readonly #pending = new Map<number, RequestEntry>();

  /** Up to this number nothing will change any more. */
  get lastSettled(): number {
    return Math.min(this.count + 1, ...this.#pending.keys()) - 1;
  }

  add(changed: readonly RequestEntry[]): void {
    for (const entry of changed) this.#pending.set(entry.number, entry);
    for (const [number, entry] of this.#pending) {
      if (!isPending(entry)) this.#pending.delete(number);
    }
    this.count = Math.max(this.count, changed.at(-1)?.number ?? 0);
    for (const entry of changed) this.#shown.set(entry.number, entry);
    for (const number of this.#shown.keys()) {
      if (number <= this.count - REQUESTS_SHOWN) this.#shown.delete(number);
    }
  }

  /** The newest first. */
  last(): RequestEntry[] {
    return [...this.#shown.values()].sort((a, b) => b.number - a.number);
  }
}

/** Whether an answer is still to come. */
export function isPending({ status, at }: RequestEntry): boolean {
  return status === null && Date.now() - Date.parse(at) < PENDING_MS;
}

function mayHaveStored({ graphicId, method }: RequestEntry): boolean {
  return graphicId !== null || method === "DELETE";
}

async function ask<Answer>(path: string): Promise<Answer> {
  const response = await fetch(path, { cache: "no-store" });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}
