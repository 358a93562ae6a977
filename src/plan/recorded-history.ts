import type { FolderAndName } from "./recorded.ts";

/** One POST as it was recorded. */
export interface RecordedAttempt {
  /** 1 for the first of its run. */
  attempt: number;
  /** ISO 8601, as all times here. */
  startedAt: string;
  finishedAt: string | null;
  /** An AttemptOutcome's; null: no answer was recorded. */
  result: string | null;
  httpStatus: number | null;
  errorCode: string | null;
  message: string | null;
  requestId: string | null;
  graphicId: string | null;
}

/** What one run did about an address. */
export interface RecordedRow extends FolderAndName {
  run: number;
  command: string;
  manifest: string;
  line: number;
  startedAt: string;
  action: string;
  reason: string;
  status: string;
  error: string | null;
  /** How an unknown upload ended: `retried`, `landed` or `absent`. */
  settled: string | null;
  attempts: RecordedAttempt[];
}

/** A graphic that is or was at an address. */
export interface RecordedVersion extends FolderAndName {
  graphicId: string;
  sha256: string;
  bytes: number;
  contentType: string;
  path: string;
  url: string;
  uploadedAt: string;
  /** `upload`, `shared`, `adopted` or `resolved`. */
  source: string;
  /** `current`, `replaced`, `deleting` or `deleted`. */
  state: string;
}

/** All that is recorded of one address, oldest first. */
export interface AddressHistory {
  rows: RecordedRow[];
  versions: RecordedVersion[];
}
