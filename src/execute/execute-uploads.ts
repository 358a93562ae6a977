import { isUnanswered } from "../plan/decide-action.ts";
import type { PlannedRow, RowWithId } from "../plan/planned-row.ts";
import type { Effects, Settings, Told } from "./effects.ts";
import type { ItemEvent } from "./events.ts";
import { type Executed, execute } from "./execute.ts";
import type { Outcome, Stopped } from "./outcome.ts";

/** The first rows of a run go alone, and the others only once those are found to be what was sent. */
export interface Canary {
  rows: number;
  /** What is not as it was sent, in words; undefined where all is well. */
  check(rows: readonly RowWithId[]): Promise<string | undefined>;
}

/** Some uploads are looked at in the library while the others go on. */
export interface Sample {
  /** Told of each upload; calls `stop` at most once, with what is not as it was sent. */
  uploaded(row: RowWithId, stop: (problem: string) => void): void;
  /** Ends the looks under way; of a run that came to its end, looks at the last ones, and says what is wrong. */
  finish(isWhole: boolean): Promise<string | undefined>;
}

/** What uploads do to the world; see `Effects`. */
export interface UploadEffects
  extends Omit<Effects<PlannedRow>, "isIdempotent" | "emit" | "isUnanswered" | "first"> {
  /** For watching only: the outcomes are the same when it does nothing. */
  emit(event: ItemEvent): void;
  /** Looks at the first rows in the library before the others are sent. */
  canary?: Canary | undefined;
  sample?: Sample | undefined;
}

/** A graphic id the run received, told because the ledger failed. */
export interface ReceivedId {
  line: number;
  path: string;
  folder: string;
  name: string;
  graphicId: string;
  url: string;
  /** Whether the ledger took it before it failed. */
  recorded: boolean;
}

/** What a run did. */
export interface Execution extends Omit<Executed, "unrecorded"> {
  /** Empty unless the ledger failed; then every id of this run, as the ledger itself may be lost. */
  unrecorded: ReceivedId[];
}

/** Sends the uploads and gives one outcome each; see `execute`. */
export async function executeUploads(
  uploads: readonly PlannedRow[],
  { canary, sample, ...effects }: UploadEffects,
  settings: Settings,
): Promise<Execution> {
  const first = canary && {
    count: canary.rows,
    check: (outcomes: readonly Outcome[]) => checkCanary(canary, uploads, outcomes),
  };
  const emit: Effects<PlannedRow>["emit"] = (upload, told, stop) => {
    effects.emit(itemEvent(upload, told, new Date(effects.now()).toISOString()));
    if (!sample || told.event !== "item.finished" || told.outcome.status !== "uploaded") return;
    const { graphicId, url } = told.outcome;
    sample.uploaded({ planned: upload, graphicId, url }, (problem) => stop(mismatch(problem)));
  };
  const isOpen = ({ decision }: PlannedRow) => isUnanswered(decision);
  const about = { isIdempotent: false, isUnanswered: isOpen, emit, first };
  const executed = await execute(uploads, { ...effects, ...about }, settings);
  const { notices, defect } = executed;
  const problem = await sample?.finish(!executed.stopped && !defect);
  const stopped = executed.stopped ?? (problem === undefined ? undefined : mismatch(problem));
  return {
    get outcomes() {
      return executed.outcomes;
    },
    stopped,
    notices,
    unrecorded: stopped?.by === "ledger" ? receivedIds(uploads, executed) : [],
    defect,
  };
}

function itemEvent({ row, image }: PlannedRow, told: Told, time: string): ItemEvent {
  const { line, path, name, folder } = row;
  // A literal first: what is spread first gets a shape of its own in V8, for each of the run's events.
  if (told.event !== "item.finished") {
    return { version: 1, time, line, path, name, folder, ...told };
  }
  const { event, outcome, remark, warning } = told;
  const { status } = outcome;
  if (status === "deleted") throw new Error("an upload deleted a graphic");
  const isUploaded = status === "uploaded";
  return {
    version: 1,
    time,
    line,
    path,
    name,
    folder,
    event,
    status,
    graphicId: isUploaded ? outcome.graphicId : null,
    url: isUploaded ? outcome.url : null,
    sha256: isUploaded ? image.sha256 : null,
    error: isUploaded ? remark : outcome.error,
    warning,
  };
}

function receivedIds(
  uploads: readonly PlannedRow[],
  { outcomes, unrecorded }: Executed,
): ReceivedId[] {
  return uploadedRows(uploads, outcomes).map(({ planned: { row }, graphicId, url }) => {
    const { line, path, folder, name } = row;
    return { line, path, folder, name, graphicId, url, recorded: !unrecorded.has(graphicId) };
  });
}

function mismatch(problem: string): Stopped {
  return {
    by: "canary",
    message: `the library does not hold what was sent: ${problem}`,
    hint: "look at these graphics in the library before you use any id of this run; --sample 0 skips this check",
  };
}

/** Has the canary's rows looked at; why the run stops where one is not in the library as it was sent. */
async function checkCanary(
  canary: Canary,
  uploads: readonly PlannedRow[],
  outcomes: readonly Outcome[],
): Promise<Stopped | undefined> {
  const missing = outcomes.findIndex(({ status }) => status !== "uploaded");
  const { folder, name } = uploads[missing]?.row ?? {};
  const problem =
    missing === -1
      ? await canary.check(uploadedRows(uploads, outcomes))
      : `${folder}/${name} is ${outcomes[missing]?.status}`;
  if (problem === undefined) return undefined;
  return {
    by: "canary",
    message: `the canary failed: ${problem}`,
    hint: "look at these graphics in the library; apply without --canary uploads the rest",
  };
}

function uploadedRows(uploads: readonly PlannedRow[], outcomes: readonly Outcome[]): RowWithId[] {
  return outcomes.flatMap((outcome, index) => {
    const upload = uploads[index];
    if (outcome.status !== "uploaded" || !upload) return [];
    const { graphicId, url } = outcome;
    return [{ planned: upload, graphicId, url }];
  });
}
