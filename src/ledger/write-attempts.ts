import type { Database } from "./database.ts";
import type { IntentRecord, OutcomeRecord, ProgressRecord } from "./progress.ts";
import { UNSETTLED } from "./schema.ts";

const INSERT = `
INSERT INTO attempts (id, item_id, number, started_at, finished_at, result, http_status, error_code,
  message, request_id, graphic_id)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8,
  value->>9, value->>10
FROM json_each(?) ORDER BY key`;

const END = `
UPDATE attempts SET finished_at = value->>1, result = value->>2, http_status = value->>3,
  error_code = value->>4, message = value->>5, request_id = value->>6, graphic_id = value->>7
FROM json_each(?) WHERE attempts.id = value->>0`;

const NO_ANSWER = Array.from({ length: 7 }, () => null);

/** Records the attempts of a run and how they ended, as far as they have. Part of the caller's transaction. */
export function recordAttempts(database: Database, records: readonly ProgressRecord[]): void {
  const intents: IntentRecord[] = [];
  const open = new Map<number, OutcomeRecord>();
  for (const record of records) {
    if (record.kind === "intent") intents.push(record);
    if (record.kind === "outcome") open.set(record.attemptId, record);
  }
  const begun = intents.map(({ attemptId, itemId, number, startedAt }) => {
    const ended = open.get(attemptId);
    open.delete(attemptId);
    return [attemptId, itemId, number, startedAt, ...(ended ? answerOf(ended) : NO_ANSWER)];
  });
  database.run(INSERT, [JSON.stringify(begun)]);
  // What is left began before the records at hand.
  const ended = [...open.values()].map((record) => [record.attemptId, ...answerOf(record)]);
  if (ended.length > 0) database.run(END, [JSON.stringify(ended)]);
}

function answerOf({ outcome }: OutcomeRecord): (string | number | null)[] {
  const { finishedAt, result, httpStatus, errorCode, message, requestId, graphicId } = outcome;
  return [finishedAt, result, httpStatus, errorCode, message, requestId, graphicId];
}

const SETTLE_DEAD = `
UPDATE items SET status = 'unknown', error = ? WHERE ${UNSETTLED} AND status = 'sending'`;

/** Whatever is in flight got no answer any more: its run died or ended. */
export function recordUnanswered(database: Database, error: string): void {
  database.run(SETTLE_DEAD, [error]);
}
