import type { AttemptOutcome } from "../../../src/execute/outcome.ts";
import { addressKey, type FolderAndName } from "../../../src/plan/recorded.ts";
import type { RowRecord } from "../../../src/report/results.ts";

/** What became of one row of a run; `died`: the run ended between intent and outcome. */
export type Fate = AttemptOutcome["result"] | "died" | "unsent" | "untouched" | "adopted";

export interface ModelGraphic {
  graphicId: string;
  sha256: string;
  manifest: string;
}

type ItemStatus = "uploaded" | "failed" | "unknown" | "not-run" | "unchanged";

/** One library as plainly as it can be said: the ledger must agree with it. */
export class HistoryModel {
  /** By address; `run` is the number of the run that recorded it. */
  readonly current = new Map<string, ModelGraphic & { run: number }>();
  readonly unknown = new Set<string>();
  readonly ids = new Set<string>();
  #run = 0;
  readonly #lastRuns = new Map<string, { run: number; items: Map<string, ItemStatus> }>();

  startRun(manifest: string): void {
    this.#run += 1;
    this.#lastRuns.set(manifest, { run: this.#run, items: new Map() });
  }

  /** One row's end; `former` is the address and id that its upload takes the place of. */
  endRow(
    place: FolderAndName,
    fate: Fate,
    graphic: ModelGraphic,
    former: { key: string; graphicId: string } | undefined,
  ): void {
    const key = addressKey(place);
    this.#lastRuns.get(graphic.manifest)?.items.set(key, statusAfter(fate));
    if (fate === "unknown" || fate === "died") this.unknown.add(key);
    if (fate !== "uploaded" && fate !== "adopted") return;
    if (fate === "uploaded") this.unknown.delete(key);
    if (former && this.current.get(former.key)?.graphicId === former.graphicId) {
      this.current.delete(former.key);
    }
    this.current.set(key, { ...graphic, run: this.#run });
    this.ids.add(graphic.graphicId);
  }

  statusOf(place: FolderAndName, manifest: string): RowRecord["status"] {
    const key = addressKey(place);
    const lastRun = this.#lastRuns.get(manifest);
    const item = lastRun?.items.get(key);
    const graphic = this.current.get(key);
    const isGraphicLater = graphic !== undefined && graphic.run > (lastRun?.run ?? 0);
    const isDone = item === "uploaded" || item === "unchanged";
    if (isDone && graphic) return item;
    if (this.unknown.has(key)) return "unknown";
    if (item === "failed" && !isGraphicLater) return "failed";
    if (item === "not-run" && !isGraphicLater) return "not-run";
    return graphic ? "unchanged" : "not-run";
  }
}

function statusAfter(fate: Fate): ItemStatus {
  if (fate === "uploaded" || fate === "unknown") return fate;
  if (fate === "died") return "unknown";
  if (fate === "failed" || fate === "unsent") return "failed";
  return fate === "adopted" ? "unchanged" : "not-run";
}
