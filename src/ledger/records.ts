import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { RunSummary } from "../report/summary.ts";

/** Who runs a run, for people. */
export interface Owner {
  user: string;
  machine: string;
  pid: number;
}

/** What makes a run: a command that changes the record. */
export type RunCommand = "apply" | "adopt" | "prune" | "undo";

/** What a run is about. */
export interface RunStart extends TargetKey {
  /** `apply` where absent. */
  command?: RunCommand;
  /** The manifest's name; what `ownedByManifest` compares with. */
  manifest: string;
  /** `K/N` where it is about one part of the manifest's rows; see src/plan/shard.ts. */
  shard?: string | undefined;
  host: string;
  /** ISO 8601. */
  startedAt: string;
}

/** How a run ended. */
export interface RunEnd {
  exitCode: number;
  /** ISO 8601. */
  finishedAt: string;
  /** What it did not count stays open. */
  counts: Partial<RunSummary>;
}

/** The latest run of a manifest. */
export interface LastRun extends TargetKey {
  host: string;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601; null while it runs, and for ever when it died. */
  finishedAt: string | null;
}

/** A graphic whose id the manifest's own results columns gave; it was not uploaded by this run. */
export interface AdoptedGraphic extends FolderAndName {
  line: number;
  path: string;
  contentType: string;
  /** Lower-case hex. */
  sha256: string;
  bytes: number;
  graphicId: string;
  url: string;
  /** ISO 8601, as the results said. */
  uploadedAt: string;
}

/** How the user found an upload that got no answer: in the library under an id, or not at all. */
export interface Settlement extends FolderAndName {
  /** Undefined: it is not there. */
  landed: { graphicId: string; url: string } | undefined;
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
  added: RecordCounts;
  conflicts: LedgerConflict[];
}

/** How much a ledger holds. */
export interface RecordCounts {
  runs: number;
  /** Rows of manifests, each once for every run that meant to send or adopt it. */
  rows: number;
  attempts: number;
  graphics: number;
  deletions: number;
}

/** Two graphics that are both current at one address, each with the ledger that says so. */
export interface LedgerConflict extends TargetKey, FolderAndName {
  graphics: { graphicId: string; uploadedAt: string; ledger: string }[];
}
