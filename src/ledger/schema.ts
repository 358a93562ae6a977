import { hasQuotes, NAME_QUOTES, type NameQuotes } from "../manifest/manifest.ts";
import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/service.ts";

/** The file header's application id: "qgfx" in ASCII. */
export const APPLICATION_ID = 0x71676678;

/** The file header's user version: the format that this qgfx writes. It reads format 1, too; see format-1.ts. */
export const FORMAT_VERSION = 2;

/** One library, and one address in it; their values are the first of a statement. */
export const IN_LIBRARY = "service = ?1 AND library = ?2";
export const AT_ADDRESS = `${IN_LIBRARY} AND folder = ?3 AND name = ?4`;

/** The values of `AT_ADDRESS`. */
export function addressOf(
  { service, library }: TargetKey,
  { folder, name }: FolderAndName,
): string[] {
  return [service, library, folder, name];
}

/** An upload that may have landed and that nothing has settled: what `unknown` means. */
export const IS_UNKNOWN = `kind = 'upload' AND started_at IS NOT NULL
  AND (result IS NULL OR result = 'unknown') AND settled IS NULL`;

/** A deletion that may have been carried out: whether the library still holds the graphic is not known. */
export const IS_IN_DOUBT = `kind = 'delete' AND started_at IS NOT NULL
  AND (result IS NULL OR result = 'unknown') AND settled IS NULL`;

/** A row of a manifest, as opposed to what else was done about a graphic. */
export const IS_ROW = "kind IN ('upload', 'share', 'adopt')";

/** What the columns of `attempts` may hold, each alone and together. */
const CHECKS = {
  kind: "kind IN ('upload', 'share', 'adopt', 'resolve', 'delete', 'release', 'restore')",
  result: `result IN
    ('uploaded', 'recorded', 'deleted', 'refused', 'not-sent', 'failed', 'unknown')`,
  settled: "settled IN ('retried', 'landed', 'absent', 'gone', 'withdrawn')",
  state: "state IN ('current', 'replaced', 'deleted')",
  possibleDuplicate: "possible_duplicate IN (0, 1)",
  brought: `(state IS NOT NULL) = (coalesce(result, '') IN ('uploaded', 'recorded')
    AND kind IN ('upload', 'share', 'adopt', 'resolve'))`,
  id: "state IS NULL OR graphic_id IS NOT NULL",
};

/** What no attempt is. Of a file that is only read, the SQLite of Node 22 and later checks none of it by itself. */
export const IS_UNSOUND = Object.values(CHECKS)
  .map((check) => `NOT (${check})`)
  .join(" OR ");

/**
 * The statements that make an empty ledger; SQLite keeps their text, by which a file is known to be whole and ours.
 * So any change here, were it a blank, needs a new FORMAT_VERSION: a ledger made before is refused otherwise.
 * Strings are compared byte by byte (SQLite's BINARY), ids are kept for ever, and no attempt is ever deleted.
 *
 * `runs`: one command that changed the record. `finished_at` stays null when it died. `uid` tells it from the runs of
 * every other ledger; `shard` is `K/N` where it was about one part of the manifest, `plan` the hash of the saved plan that
 * it carried out. `results` is the file that it wrote, named as manifests are, and `results_sha256` the hash of its bytes:
 * a file that still has them holds nothing that is not here.
 *
 * `attempts`: everything that was meant to be done about a graphic, in order. Rows are added and then finished.
 * - `upload`: a row of a manifest to be sent. All of a run's rows are here, without `started_at`, before the first
 *   is sent: planned. `started_at` is the durable intent. Without a `result` the upload is on its way, or nobody
 *   knows what became of it: no crash needs a repair. A retry in the same run is a row of its own, with another `number`.
 * - `share`, `adopt`: a row that takes an id which another row or the manifest brings.
 * - `resolve`: an id that the user found for an unknown upload of the row's run.
 * - `delete`: a graphic to be deleted, planned and begun as an upload is.
 * - `release`, `restore`: an address let go of an id, or has one again that an undone run had replaced.
 * `result` is an attempt's outcome, or `recorded` where nothing was sent. `settled` says how an unknown ended:
 * `retried`, `landed` or `absent`, of a deletion `gone`. A failed row that nobody wants any more is `withdrawn`. `replaces` is the id whose place the row takes. `manifest` is
 * whose the graphic is, where that is not the run's.
 *
 * `state`: an attempt that brought an id is a graphic, and its `state` says whether it is the one at its address. The
 * index `addresses` finds it and sees to it that there is only one. `revision` counts the changes of `state`: of two
 * ledgers that know a graphic, the later state has more, whatever their clocks say.
 *
 * `files`: what a manifest's files held when they were last hashed; no part of the record; see known-images.ts.
 *
 * `holder`: who has the ledger open for writing, and the first run that it recorded.
 *
 * What counts, addresses, ids and hashes, is in an index as well as in its table, and what follows from other columns
 * is a constraint: a byte that was damaged is found when they are compared.
 */
export const SCHEMA = [
  `CREATE TABLE holder (
  slot INTEGER PRIMARY KEY CHECK (slot = 1),
  user TEXT NOT NULL,
  machine TEXT NOT NULL,
  pid INTEGER NOT NULL,
  since TEXT NOT NULL,
  run_id INTEGER
) STRICT`,
  `CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16)))),
  command TEXT NOT NULL CHECK (command IN ('apply', 'adopt', 'prune', 'undo')),
  manifest TEXT NOT NULL,
  shard TEXT,
  plan TEXT,
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
  not_run INTEGER,
  results TEXT,
  results_sha256 TEXT
) STRICT`,
  `CREATE INDEX runs_by_manifest ON runs (manifest)`,
  `CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs,
  kind TEXT NOT NULL
    CHECK (${CHECKS.kind}),
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
  replaces TEXT,
  manifest TEXT,
  number INTEGER NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  result TEXT CHECK (${CHECKS.result}),
  http_status INTEGER,
  error_code TEXT,
  message TEXT,
  request_id TEXT,
  graphic_id TEXT,
  url TEXT,
  settled TEXT CHECK (${CHECKS.settled}),
  state TEXT CHECK (${CHECKS.state}),
  revision INTEGER NOT NULL DEFAULT 0,
  possible_duplicate INTEGER NOT NULL DEFAULT 0 CHECK (${CHECKS.possibleDuplicate}),
  CHECK (${CHECKS.brought}),
  CHECK (${CHECKS.id})
) STRICT`,
  `CREATE UNIQUE INDEX addresses ON attempts (service, library, folder, name) WHERE state = 'current'`,
  `CREATE INDEX attempts_by_row ON attempts (run_id, folder, name)`,
  `CREATE INDEX attempts_by_id ON attempts (graphic_id, sha256) WHERE graphic_id IS NOT NULL`,
  `CREATE INDEX attempts_unknown ON attempts (service, library, folder, name, sha256) WHERE ${IS_UNKNOWN}`,
  `CREATE INDEX attempts_in_doubt ON attempts (service, library, graphic_id) WHERE ${IS_IN_DOUBT}`,
  `CREATE TABLE files (
  manifest TEXT NOT NULL,
  path TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  stamp TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  content_type TEXT NOT NULL,
  width_px INTEGER NOT NULL,
  height_px INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (manifest, path)
) STRICT, WITHOUT ROWID`,
] as const;

// Format 2 has no columns for these, and the rows they are about need none: their `reason` holds them after the reason
// itself, the key first.
const QUOTES_MARK = "; name-quotes ";
const KEY_MARK = "; key ";
const KEY_CHARS = 36;

/** How an upload was sent, as far as there is a choice. */
export interface SentAs {
  nameQuotes: NameQuotes | undefined;
  /** Its `Idempotency-Key`. */
  key: string | undefined;
}

/** The reason of an upload as it is recorded: with its key, and with how the name is sent where there are two ways. */
export function noteReason(
  { name, reason }: { name: string; reason: string },
  { nameQuotes, key }: SentAs,
): string {
  const keyed = key === undefined ? reason : `${reason}${KEY_MARK}${key}`;
  return nameQuotes !== undefined && hasQuotes(name)
    ? `${keyed}${QUOTES_MARK}${nameQuotes}`
    : keyed;
}

/** A recorded reason, and how the upload was sent; undefined where there is one way, or an older qgfx sent it. */
export function readNotedReason(recorded: string): { reason: string } & SentAs {
  const [before = "", noted] = recorded.split(QUOTES_MARK);
  const nameQuotes = NAME_QUOTES.find((form) => form === noted);
  const keyed = nameQuotes === undefined ? recorded : before;
  const [reason = "", key] = keyed.split(KEY_MARK);
  return key?.length === KEY_CHARS
    ? { reason, nameQuotes, key }
    : { reason: keyed, nameQuotes, key: undefined };
}

/** In SQL, what tells one upload from another: attempts with the same key are one, however often it was sent. */
export const ONE_UPLOAD = `iif(instr(reason, '${KEY_MARK}') > 0,
  substr(reason, instr(reason, '${KEY_MARK}') + ${KEY_MARK.length}, ${KEY_CHARS}), id)`;
