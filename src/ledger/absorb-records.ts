/** What an item's status tells: of two ledgers that know it, the greater is the later. */
const statusRank = (status: string) =>
  `CASE ${status} WHEN 'not-run' THEN 0 WHEN 'sending' THEN 1 WHEN 'unknown' THEN 2 ELSE 3 END`;

const RUN_COLUMNS =
  "shard, host, service, library, user, machine, pid, started_at, finished_at, exit_code, uploaded, unchanged, failed, unknown, not_run";

/** `manifest_keys` gives a manifest its name here where the other ledger calls it something else. */
const RUNS = `
INSERT INTO main.runs (uid, command, manifest, ${RUN_COLUMNS})
SELECT uid, command, coalesce((SELECT ours FROM temp.manifest_keys WHERE theirs = manifest), manifest),
  ${RUN_COLUMNS}
FROM other.runs WHERE uid NOT IN (SELECT uid FROM main.runs) ORDER BY started_at, id;

UPDATE main.runs AS ours SET finished_at = theirs.finished_at, exit_code = theirs.exit_code,
  uploaded = theirs.uploaded, unchanged = theirs.unchanged, failed = theirs.failed,
  unknown = theirs.unknown, not_run = theirs.not_run
FROM other.runs AS theirs
WHERE theirs.uid = ours.uid AND ours.finished_at IS NULL AND theirs.finished_at IS NOT NULL;

CREATE TEMP TABLE run_ids (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL);
INSERT INTO temp.run_ids
SELECT theirs.id, ours.id FROM other.runs AS theirs JOIN main.runs AS ours ON ours.uid = theirs.uid;`;

const ITEM_COLUMNS =
  "service, library, folder, name, line, path, content_type, sha256, bytes, action, reason, status, error, settled, replaces";

const SAME_ITEM =
  "ours.run_id = runs.ours AND ours.folder = theirs.folder AND ours.name = theirs.name";

/** Items of runs that both know come first, for they have a history here. */
const ITEMS = `
CREATE TEMP TABLE item_ids (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL, is_known INTEGER NOT NULL);
INSERT INTO temp.item_ids
SELECT theirs.id, ours.id, 1 FROM other.items AS theirs
JOIN temp.run_ids AS runs ON runs.theirs = theirs.run_id JOIN main.items AS ours ON ${SAME_ITEM};

UPDATE main.items AS ours
SET status = theirs.status, error = theirs.error, settled = theirs.settled
FROM temp.item_ids AS ids JOIN other.items AS theirs ON theirs.id = ids.theirs
LEFT JOIN (SELECT item_id, count(result) AS ended FROM other.attempts GROUP BY item_id) AS their_attempts
  ON their_attempts.item_id = ids.theirs
LEFT JOIN (SELECT item_id, count(result) AS ended FROM main.attempts GROUP BY item_id) AS our_attempts
  ON our_attempts.item_id = ids.ours
WHERE ids.is_known AND ours.id = ids.ours
  AND (coalesce(their_attempts.ended, 0), theirs.settled IS NOT NULL, ${statusRank("theirs.status")})
    > (coalesce(our_attempts.ended, 0), ours.settled IS NOT NULL, ${statusRank("ours.status")});

INSERT INTO main.items (run_id, ${ITEM_COLUMNS})
SELECT runs.ours, ${ITEM_COLUMNS} FROM other.items AS theirs
JOIN temp.run_ids AS runs ON runs.theirs = theirs.run_id
WHERE theirs.id NOT IN (SELECT theirs FROM temp.item_ids) ORDER BY runs.ours, theirs.id;

INSERT INTO temp.item_ids
SELECT theirs.id, ours.id, 0 FROM other.items AS theirs
JOIN temp.run_ids AS runs ON runs.theirs = theirs.run_id JOIN main.items AS ours ON ${SAME_ITEM}
WHERE theirs.id NOT IN (SELECT theirs FROM temp.item_ids);`;

const ANSWER_COLUMNS = [
  "finished_at",
  "result",
  "http_status",
  "error_code",
  "message",
  "request_id",
];
const ANSWER = ANSWER_COLUMNS.join(", ");
const TAKE_ANSWER = ANSWER_COLUMNS.map((column) => `${column} = theirs.${column}`).join(", ");
const theirAnswer = ANSWER_COLUMNS.map((column) => `theirs.${column}`).join(", ");

const ATTEMPTS = `
UPDATE main.attempts AS ours SET ${TAKE_ANSWER}, graphic_id = theirs.graphic_id
FROM temp.item_ids AS ids JOIN other.attempts AS theirs ON theirs.item_id = ids.theirs
WHERE ids.is_known AND ours.item_id = ids.ours AND ours.number = theirs.number
  AND ours.started_at = theirs.started_at AND ours.result IS NULL AND theirs.result IS NOT NULL;

INSERT INTO main.attempts (item_id, number, started_at, ${ANSWER}, graphic_id)
SELECT ids.ours, theirs.number, theirs.started_at, ${theirAnswer}, theirs.graphic_id
FROM other.attempts AS theirs JOIN temp.item_ids AS ids ON ids.theirs = theirs.item_id
LEFT JOIN main.attempts AS ours ON ours.item_id = ids.ours AND ours.number = theirs.number
  AND ours.started_at = theirs.started_at
WHERE ours.id IS NULL ORDER BY theirs.id;`;

const SAME_DELETION = `ours.run_id = runs.ours AND ours.graphic_id = theirs.graphic_id
  AND ours.number = theirs.number AND ours.started_at = theirs.started_at`;

const DELETIONS = `
UPDATE main.deletions AS ours SET ${TAKE_ANSWER}
FROM temp.run_ids AS runs JOIN other.deletions AS theirs ON theirs.run_id = runs.theirs
WHERE ${SAME_DELETION} AND ours.result IS NULL AND theirs.result IS NOT NULL;

INSERT INTO main.deletions (run_id, service, library, graphic_id, number, started_at, ${ANSWER}, settled)
SELECT runs.ours, theirs.service, theirs.library, theirs.graphic_id, theirs.number, theirs.started_at,
  ${theirAnswer}, theirs.settled
FROM other.deletions AS theirs JOIN temp.run_ids AS runs ON runs.theirs = theirs.run_id
LEFT JOIN main.deletions AS ours ON ${SAME_DELETION}
WHERE ours.id IS NULL ORDER BY theirs.id;

CREATE TEMP TABLE gone (service TEXT, library TEXT, graphic_id TEXT, PRIMARY KEY (service, library, graphic_id));
INSERT INTO temp.gone
SELECT DISTINCT service, library, graphic_id FROM main.deletions WHERE result = 'deleted';
UPDATE main.deletions SET settled = 1
WHERE settled = 0 AND (service, library, graphic_id) IN (SELECT * FROM temp.gone);`;

/** The statements that bring runs, rows, attempts and deletions of the schema `other` in; see `absorb`. */
export const ABSORB_RECORDS: string = [RUNS, ITEMS, ATTEMPTS, DELETIONS].join("\n");
