import type { AttemptOutcome, Standing } from "../../../src/execute/outcome.ts";
import { addressKey, type FolderAndName } from "../../../src/plan/recorded.ts";
import type { RowRecord } from "../../../src/report/results.ts";

/** What became of one row of a run; `died`: the run ended between intent and outcome. */
export type Fate = AttemptOutcome["result"] | "died" | "unsent" | "untouched" | "adopted";

export interface ModelGraphic {
  graphicId: string;
  sha256: string;
  manifest: string;
}

/** The latest of something at an address. */
interface Latest {
  /** The number of its run. */
  run: number;
  /** The id whose place the row was to take. */
  replaces: string | undefined;
  sha256: string;
}

/** What the results say of a row. */
type ModelRecord = Pick<RowRecord, "status" | "graphicId" | "sha256" | "sentSha256">;

/** One library as plainly as it can be said: the ledger must agree with it. */
export class HistoryModel {
  /** By address; `run` is the number of the run that recorded it. */
  readonly current = new Map<string, ModelGraphic & { run: number }>();
  /** By address: the last upload without an answer. */
  readonly unknown = new Map<string, Latest>();
  readonly ids = new Set<string>();
  #run = 0;
  /** By address: what became of it when a run last meant to do something about it. */
  readonly #ends = new Map<string, Latest & { status: Standing }>();

  startRun(): void {
    this.#run += 1;
  }

  /** One row's end; `former` is the address and id that its upload takes the place of. */
  endRow(
    place: FolderAndName,
    fate: Fate,
    graphic: ModelGraphic,
    former: { key: string; graphicId: string } | undefined,
  ): void {
    const key = addressKey(place);
    const end = { run: this.#run, replaces: former?.graphicId, sha256: graphic.sha256 };
    this.#ends.set(key, { ...end, status: statusAfter(fate) });
    if (statusAfter(fate) === "unknown") this.unknown.set(key, end);
    if (fate !== "uploaded" && fate !== "adopted") return;
    if (fate === "uploaded") this.unknown.delete(key);
    if (former && this.current.get(former.key)?.graphicId === former.graphicId) {
      this.current.delete(former.key);
    }
    this.current.set(key, { ...graphic, run: this.#run });
    this.ids.add(graphic.graphicId);
  }

  recordOf(place: FolderAndName): ModelRecord {
    const key = addressKey(place);
    const graphic = this.current.get(key);
    const isOpen = (one: Latest | undefined) => one && one.run > (graphic?.run ?? 0);
    const unknown = this.unknown.get(key);
    if (unknown && isOpen(unknown)) {
      return { status: "unknown", ...this.#standing(graphic, unknown), sentSha256: unknown.sha256 };
    }
    const end = this.#ends.get(key);
    if (end && isOpen(end) && (end.status === "failed" || end.status === "not-run")) {
      return { status: end.status, ...this.#standing(graphic, end), sentSha256: null };
    }
    const status = graphic ? "uploaded" : "not-run";
    return { status, ...this.#standing(graphic, undefined), sentSha256: null };
  }

  /** What stands in the library for a row: the graphic at its address, else the one that it was to replace elsewhere. */
  #standing(graphic: ModelGraphic | undefined, open: Latest | undefined) {
    const former = [...this.current.values()].find((one) => one.graphicId === open?.replaces);
    const { graphicId = null, sha256 = null } = graphic ?? former ?? {};
    return { graphicId, sha256 };
  }
}

function statusAfter(fate: Fate): Standing {
  if (fate === "uploaded" || fate === "unknown") return fate;
  if (fate === "died") return "unknown";
  if (fate === "failed" || fate === "unsent") return "failed";
  return fate === "adopted" ? "uploaded" : "not-run";
}
