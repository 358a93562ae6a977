/** The file header's application id: "qgfx" in ASCII. */
export const APPLICATION_ID = 0x71676678;

/** The file header's user version: the one format this qgfx reads and writes. */
export const FORMAT_VERSION = 1;

/** An item that may have landed and that nothing has settled: what `unknown` means. */
export const UNSETTLED = "status IN ('sending', 'unknown') AND settled IS NULL";

/** A deletion that may have been carried out: whether the library still holds the graphic is not known. */
export const IN_DOUBT = "settled = 0 AND (result IS NULL OR result = 'unknown')";

/**
 * The statements that make an empty ledger; SQLite keeps their text, by which a file is known to be whole.
 * So any change here, were it a blank, needs a new FORMAT_VERSION: a ledger made before is refused otherwise.
 * Strings are compared byte by byte (SQLite's BINARY), ids are kept for ever, and no row of the record is ever deleted.
 *
 * - `holder`: who holds the lock now; for the message to whoever comes second.
 * - `runs`: one command that changed the record. `finished_at` stays null when it died. `uid` tells it from
 *   the runs of every other ledger; `shard` is `K/N` where it was about one part of the manifest.
 * - `items`: one row of a manifest that a run meant to send or adopted. `status` is `not-run`, `sending`
 *   (a durable intent without an outcome), `uploaded`, `failed`, `unknown` or `adopted`. `settled` says
 *   how an unknown ended: `retried`, `landed` or `absent`. `replaces` is the id whose place it takes.
 * - `attempts`: one POST. `result` is an AttemptOutcome's; null is an intent without an outcome.
 * - `progress`: what a run did and what is not yet in `items`, `attempts` and `graphics`; see progress.ts. Empty
 *   unless a run goes on or died.
 * - `graphics`: every id ever received or adopted. An id may occur twice; an address has one `current`.
 *   `revision` counts the changes of `state`: of two ledgers that know a graphic, the later state has more.
 * - `deletions`: one DELETE. `result` is a DeletionOutcome's; null is an intent without an outcome.
 * - `known_pictures`: what the files of a manifest held when they were last looked into; see
 *   `writeKnownPictures`. No part of the record: without it the files are looked into again.
 */
export const SCHEMA = [
  `CREATE TABLE holder (
  slot INTEGER PRIMARY KEY CHECK (slot = 1),
  user TEXT NOT NULL,
  machine TEXT NOT NULL,
  pid INTEGER NOT NULL,
  since TEXT NOT NULL
) STRICT`,
  `CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16)))),
  command TEXT NOT NULL CHECK (command IN ('apply', 'adopt', 'prune', 'undo')),
  manifest TEXT NOT NULL,
  shard TEXT,
  host TEXT NOT NULL,
  service TEXT NOT NULL,
  library TEXT NOT NULL,
  user TEXT NOT NULL,
  machine TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  exit_code INTEGER,
  uploaded INTEGER,
  unchanged INTEGER,
  failed INTEGER,
  unknown INTEGER,
  not_run INTEGER
) STRICT`,
  `CREATE INDEX runs_by_manifest ON runs (manifest)`,
  `CREATE TABLE items (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs,
  service TEXT NOT NULL,
  library TEXT NOT NULL,
  folder TEXT NOT NULL,
  name TEXT NOT NULL,
  line INTEGER NOT NULL,
  path TEXT NOT NULL,
  content_type TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  action TEXT NOT NULL,
  reason TEXT NOT NULL,
  status TEXT NOT NULL
    CHECK (status IN ('not-run', 'sending', 'uploaded', 'failed', 'unknown', 'adopted')),
  error TEXT,
  settled TEXT CHECK (settled IN ('retried', 'landed', 'absent')),
  replaces TEXT
) STRICT`,
  `CREATE UNIQUE INDEX items_by_run ON items (run_id, folder, name)`,
  `CREATE INDEX items_unsettled ON items (service, library, folder, name) WHERE ${UNSETTLED}`,
  `CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  item_id INTEGER NOT NULL REFERENCES items,
  number INTEGER NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  result TEXT CHECK (result IN ('uploaded', 'refused', 'not-sent', 'failed', 'unknown')),
  http_status INTEGER,
  error_code TEXT,
  message TEXT,
  request_id TEXT,
  graphic_id TEXT
) STRICT`,
  `CREATE TABLE progress (
  id INTEGER PRIMARY KEY,
  records TEXT NOT NULL
) STRICT`,
  `CREATE TABLE graphics (
  id INTEGER PRIMARY KEY,
  graphic_id TEXT NOT NULL,
  service TEXT NOT NULL,
  library TEXT NOT NULL,
  folder TEXT NOT NULL,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  path TEXT NOT NULL,
  manifest TEXT NOT NULL,
  url TEXT NOT NULL,
  uploaded_at TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('upload', 'shared', 'adopted', 'resolved')),
  state TEXT NOT NULL CHECK (state IN ('current', 'replaced', 'deleted')),
  revision INTEGER NOT NULL DEFAULT 0,
  possible_duplicate INTEGER NOT NULL CHECK (possible_duplicate IN (0, 1)),
  item_id INTEGER NOT NULL REFERENCES items
) STRICT`,
  `CREATE UNIQUE INDEX graphics_current ON graphics (service, library, folder, name)
  WHERE state = 'current'`,
  `CREATE INDEX graphics_by_id ON graphics (graphic_id)`,
  `CREATE TABLE deletions (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs,
  service TEXT NOT NULL,
  library TEXT NOT NULL,
  graphic_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  result TEXT CHECK (result IN ('deleted', 'refused', 'not-sent', 'failed', 'unknown')),
  http_status INTEGER,
  error_code TEXT,
  message TEXT,
  request_id TEXT,
  settled INTEGER NOT NULL CHECK (settled IN (0, 1))
) STRICT`,
  `CREATE INDEX deletions_in_doubt ON deletions (service, library, graphic_id) WHERE ${IN_DOUBT}`,
  `CREATE TABLE known_pictures (
  manifest TEXT NOT NULL,
  part INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (manifest, part)
) STRICT`,
] as const;
