import { absorb, type Clash, type ClashingGraphic, OTHER } from "./absorb.ts";
import { countRecords, type RecordCounts } from "./count-records.ts";
import { Database } from "./database.ts";
import type { GroupCommit } from "./group-commit.ts";
import { MergeDraft } from "./merge-draft.ts";
import { isIdInProgress, isIdKnown } from "./read-ids.ts";
import { UNANSWERED } from "./read-row-records.ts";
import { type SourceLedger, withSource } from "./with-source.ts";
import { recordUnanswered } from "./write-attempts.ts";

/** Two graphics that are both current at one address, each with the ledger that says so. */
export interface LedgerConflict extends Omit<Clash, "ours" | "theirs"> {
  graphics: (ClashingGraphic & { ledger: string })[];
}

/** What a merge did. */
export interface LedgerMerge {
  /** Whether anything was written: not where there are conflicts and no leave to settle them. */
  isMerged: boolean;
  /** What is new here. */
  added: RecordCounts;
  conflicts: LedgerConflict[];
}

/** How a merge goes about it. */
export interface MergeOptions {
  /** The manifest's name here; see `renamedKeys`. */
  manifest: string;
  /** `latest`: the graphic that was uploaded last is current, the others are kept as replaced. */
  onConflict: "refuse" | "latest";
}

/** The ledger that takes the others in, held by this process. */
export interface MergeInto {
  database: Database;
  commits: GroupCommit;
  file: string;
}

const NOTHING: RecordCounts = { runs: 0, rows: 0, attempts: 0, graphics: 0, deletions: 0 };

/**
 * Brings everything other ledgers know into one, in one transaction or not at all. They are put together in a
 * draft beside it first, which finds the conflicts among them. What a dead run left in flight becomes `unknown`.
 */
export function mergeLedgers(
  into: MergeInto,
  files: readonly string[],
  options: MergeOptions,
): LedgerMerge {
  const draft = new MergeDraft(`${into.file}.merging`);
  try {
    draft.add({ file: into.file, mode: "ro" });
    const settings = { manifest: options.manifest, mayBeHeld: false, before: [into.file] };
    const conflicts = addSources(draft, files, settings);
    draft.close();
    if (conflicts.length > 0 && options.onConflict === "refuse") {
      return { isMerged: false, added: NOTHING, conflicts };
    }
    return { isMerged: true, added: takeOver(into, draft.file), conflicts };
  } finally {
    draft.close();
    draft.remove();
  }
}

/** Adds ledgers to a draft, after those in `before`, and gives the conflicts among all of them. */
export function addSources(
  draft: MergeDraft,
  files: readonly string[],
  options: { manifest: string; mayBeHeld: boolean; before?: readonly string[] },
): LedgerConflict[] {
  const before = [...(options.before ?? [])];
  return files.flatMap((file) =>
    withSource(file, options, (source) => {
      const clashes = draft.add(source, options.manifest);
      const conflicts = clashes.map((clash) => toConflict(clash, source, before));
      before.push(source.file);
      return conflicts;
    }),
  );
}

function toConflict(
  { ours, theirs, ...place }: Clash,
  source: SourceLedger,
  before: readonly string[],
): LedgerConflict {
  const first = { ...ours, ledger: before.find((file) => holdsId(file, ours.graphicId)) ?? "" };
  return { ...place, graphics: [first, { ...theirs, ledger: source.file }] };
}

function holdsId(file: string, graphicId: string): boolean {
  const database = new Database(file, "ro");
  try {
    return isIdKnown(database, graphicId) || isIdInProgress(database, graphicId);
  } finally {
    database.close();
  }
}

function takeOver({ database, commits }: MergeInto, draft: string): RecordCounts {
  database.attach(draft, "immutable", OTHER);
  try {
    return commits.commitNow(() => {
      const before = countRecords(database);
      absorb(database);
      recordUnanswered(database, UNANSWERED);
      return difference(countRecords(database), before);
    });
  } finally {
    database.detach(OTHER);
  }
}

function difference(after: RecordCounts, before: RecordCounts): RecordCounts {
  return {
    runs: after.runs - before.runs,
    rows: after.rows - before.rows,
    attempts: after.attempts - before.attempts,
    graphics: after.graphics - before.graphics,
    deletions: after.deletions - before.deletions,
  };
}
