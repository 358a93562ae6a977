import type { Recorder } from "../execute/effects.ts";
import type { Image, KnownImage } from "../manifest/image.ts";
import type { NameQuotes } from "../manifest/manifest.ts";
import type { Deletion } from "../plan/build-deletions.ts";
import type { PlannedRow, RowWithId } from "../plan/planned-row.ts";
import type { FolderAndName, Graphic, PastRow, Recorded } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/service.ts";
import type { TakeOver } from "../plan/take-over.ts";
import type { MergeDocument, PastRun } from "../report/ledger-documents.ts";
import type { RecordOf } from "../report/results.ts";
import type { RunSummary } from "../report/summary.ts";

/**
 * What can be read from a ledger. Each method shows what is durable at that moment and throws a UserError
 * (`LEDGER_DAMAGED`, `LEDGER_UNREADABLE`) when the file does not give it. `manifest` is the manifest's name
 * as `startRun` was given it; `target` is one library of one service.
 */
export interface LedgerView {
  /** What the planner needs to know of a library. */
  recorded(target: TargetKey, manifest: string): Recorded;
  /** How any address of a library stands, as of now. Each call reads all: make few. */
  rowRecords(target: TargetKey): RecordOf;
  /** Addresses that ever had an upload without an answer, by `addressKey`, settled or not. */
  unanswered(target: TargetKey): ReadonlySet<string>;
  /** This ledger with what files give it besides, as if `owner` had taken it over; nothing is changed. */
  withTaken(owner: Owner, run: RunStart, taken: TakeOver): LedgerView;
  /** Whether a graphic id was ever recorded, here or in any other library. */
  knowsId(graphicId: string): boolean;
  /** Every graphic that was ever recorded of a library, in the order it was recorded at its address. */
  graphics(target: TargetKey, manifest: string): Graphic[];
  /** Every id of a library that an upload was to take the place of, with the id that did. */
  replacements(target: TargetKey): { oldId: string; newId: string }[];
  /** What each run did about one address, oldest first. */
  pastRows(target: TargetKey, place: FolderAndName): PastRow[];
  /** The runs of a manifest, or all, oldest first. */
  runs(manifest?: string): PastRun[];
  /** May be called more than once. */
  close(): void;
}

/** A ledger that this process alone may write. */
export interface Ledger extends LedgerView {
  /**
   * Records a run with every row it means to send (`not-run` so far) and every id that its rows share: durably, at once,
   * and in the ledger's main file, so that not even a copy of that file alone forgets them. Throws a UserError when that
   * cannot be done; then nothing may be sent. The run's items are these very objects.
   */
  startRun(run: RunStart, uploads: readonly PlannedRow[], shared?: readonly RowWithId[]): Run;
  /** Records what files give, in a run that sends nothing; as `startRun`. */
  takeOver(run: RunStart, taken: TakeOver): Run;
  /** Notes of rows that failed or were not run that nobody wants them any more. */
  withdraw(target: TargetKey, places: readonly FolderAndName[]): void;
  /** Says whose the ledger is, for whoever finds it held. It does so by itself before anything is written. */
  announce(): void;
  /** Records a run that deletes, each id that it means to delete, and the addresses that let go of theirs; as `startRun`. */
  startDeletions(run: RunStart, deletions: readonly PlannedDeletion[]): Run<string>;
  /**
   * Settles unknown uploads as the user found them, all or none, durably. One that landed becomes the current graphic
   * at its address, with the bytes of the latest attempt. An address without an unknown stays as it is.
   */
  settle(target: TargetKey, manifest: string, settlements: readonly Settlement[]): void;
  /** Notes the results file that was written after a manifest's last run, which did not come to its end. */
  noteLeftResults(manifest: string, results: NonNullable<RunEnd["results"]>): void;
  /** Notes what a manifest's files hold, in place of what was noted before; see `readKnownImages`. */
  rememberImages(manifest: string, known: Iterable<KnownImage>): void;
  /** Takes in what other ledgers know, in one transaction or not at all; see merge-ledgers.ts. */
  merge(files: readonly string[], options: MergeOptions): LedgerMerge;
}

/** What is to be done about one id; see `Deletion`. */
export type PlannedDeletion = Pick<Deletion, "action" | "graphicId" | "folder" | "name">;

/**
 * The ledger's side of one run: of rows that are sent, or of ids of graphics that are deleted. Every promise resolves once its write is durable and rejects with `LedgerLost` when it
 * cannot be made so. A call that fits no item or attempt of the run is a bug and rejects with a plain Error, recording
 * nothing.
 */
export interface Run<Item = PlannedRow> extends Recorder<Item> {
  /** Says why an item was not tried; without it nothing is said. */
  notRun(item: Item, message: string): Promise<void>;
  /** Notes how the run ended. Whatever is still in flight is `unknown`. */
  finish(end: RunEnd): Promise<void>;
}

/** Who runs a run, for people. */
export interface Owner {
  user: string;
  machine: string;
  pid: number;
}

/** What a run is about. */
export interface RunStart extends TargetKey {
  /** `apply` where absent. */
  command?: PastRun["command"];
  /** The manifest's name; what `ownedByManifest` compares with. */
  manifest: string;
  /** `K/N` where it is about one part of the manifest's rows; see src/plan/shard.ts. */
  shard?: string | undefined;
  /** The hash of the saved plan that it carries out, lower-case hex. */
  plan?: string | undefined;
  host: string;
  /** ISO 8601. */
  startedAt: string;
  /** How it sends quotes and backslashes in names. */
  nameQuotes?: NameQuotes;
  /** The `Idempotency-Key` that a row is sent with; without it, none is. */
  keyOf?: ((row: PlannedRow) => string) | undefined;
}

/** How a run ended. */
export interface RunEnd {
  exitCode: number;
  /** ISO 8601. */
  finishedAt: string;
  /** What it did not count stays open. */
  counts: Partial<RunSummary>;
  /** The results file that it wrote or read, named as manifests are, and its bytes' hash. */
  results?: { name: string; sha256: string } | undefined;
}

/** How the user found an upload that got no answer: in the library under an id, or not at all. */
export interface Settlement extends FolderAndName {
  /** Undefined: it is not there. */
  landed: { graphicId: string; url: string } | undefined;
  /** What was sent, where the ledger does not know. */
  image?: Image | undefined;
  /** ISO 8601. */
  settledAt: string;
}

/** How a merge goes about it. */
export interface MergeOptions {
  /** The manifest's name here: a ledger that lay elsewhere may give it another path. */
  manifest: string;
  /** `latest`: the graphic that was uploaded last is current, the others are kept as replaced. */
  onConflict: "refuse" | "latest";
}

/** What a merge did. */
export interface LedgerMerge {
  /** Whether anything was written: not where there are conflicts and no leave to settle them. */
  isMerged: boolean;
  /** What is new here. */
  added: MergeDocument["added"];
  conflicts: LedgerConflict[];
}

/** Two graphics that are both current at one address, each with the ledger that says so. */
export interface LedgerConflict extends TargetKey, FolderAndName {
  graphics: { graphicId: string; uploadedAt: string; ledger: string }[];
}
