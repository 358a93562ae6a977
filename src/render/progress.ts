import type { RunEvent } from "../execute/events.ts";

/** Somebody watching a run. Watching changes nothing: without it the results are the same. */
export interface Progress {
  show(event: RunEvent): void;
  /** After the last event; resolves when everything is drawn. */
  close(): Promise<void>;
}

/** Watches nothing (`--quiet`). */
export const SILENT: Progress = {
  show: () => {},
  close: async () => {},
};
