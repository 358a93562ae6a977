/** Of two states with as many changes behind them the one that cannot be taken back. */
const stateRank = (state: string) =>
  `CASE ${state} WHEN 'current' THEN 0 WHEN 'replaced' THEN 1 ELSE 2 END`;

const IS_LATER = `(theirs.revision, ${stateRank("theirs.state")}) > (ours.revision, ${stateRank("ours.state")})`;

const SAME_GRAPHIC = `ours.graphic_id = theirs.graphic_id AND ours.item_id = ids.ours
  AND ours.folder = theirs.folder AND ours.name = theirs.name`;

const sameAddress = (a: string, b: string) =>
  ["service", "library", "folder", "name"]
    .map((part) => `${a}.${part} = ${b}.${part}`)
    .join(" AND ");

const IS_GONE = "(theirs.service, theirs.library, theirs.graphic_id) IN (SELECT * FROM temp.gone)";

/** What is no longer current there is not current here, and what either deleted is deleted. */
const STATES = `
CREATE TEMP TABLE graphic_ids (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL);
INSERT INTO temp.graphic_ids
SELECT theirs.id, ours.id FROM other.graphics AS theirs
JOIN temp.item_ids AS ids ON ids.theirs = theirs.item_id JOIN main.graphics AS ours ON ${SAME_GRAPHIC};

UPDATE main.graphics AS ours SET state = theirs.state, revision = theirs.revision
FROM temp.graphic_ids AS ids JOIN other.graphics AS theirs ON theirs.id = ids.theirs
WHERE ours.id = ids.ours AND theirs.state != 'current' AND ${IS_LATER};

UPDATE main.graphics SET state = 'deleted', revision = revision + 1
WHERE state != 'deleted' AND (service, library, graphic_id) IN (SELECT * FROM temp.gone);`;

/**
 * `claims`: their current graphics that are new here or were made current again since. `clashes`: the claims to an address that has a current graphic here.
 */
const CLAIMS = `
CREATE TEMP TABLE claims (theirs INTEGER PRIMARY KEY, wins INTEGER NOT NULL);
INSERT INTO temp.claims
SELECT theirs.id, 1 FROM other.graphics AS theirs
LEFT JOIN temp.graphic_ids AS ids ON ids.theirs = theirs.id
LEFT JOIN main.graphics AS ours ON ours.id = ids.ours
WHERE theirs.state = 'current' AND NOT ${IS_GONE} AND (ours.id IS NULL OR ${IS_LATER});

CREATE TEMP TABLE clashes (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL, is_same_id INTEGER NOT NULL);
INSERT INTO temp.clashes
SELECT theirs.id, ours.id, ours.graphic_id = theirs.graphic_id
FROM temp.claims JOIN other.graphics AS theirs ON theirs.id = claims.theirs
JOIN main.graphics AS ours ON ${sameAddress("ours", "theirs")} AND ours.state = 'current';`;

/** Of two graphics the one uploaded later is current; one id at one address needs no choice. */
const SETTLE = `
UPDATE temp.claims SET wins = (
  SELECT NOT clashes.is_same_id AND (theirs.uploaded_at, theirs.graphic_id) > (ours.uploaded_at, ours.graphic_id)
  FROM temp.clashes JOIN other.graphics AS theirs ON theirs.id = clashes.theirs
  JOIN main.graphics AS ours ON ours.id = clashes.ours WHERE clashes.theirs = claims.theirs)
WHERE theirs IN (SELECT theirs FROM temp.clashes);

UPDATE main.graphics AS ours
SET possible_duplicate = 1, state = iif(claims.wins, 'replaced', ours.state),
  revision = ours.revision + claims.wins
FROM temp.clashes JOIN temp.claims ON claims.theirs = clashes.theirs
WHERE ours.id = clashes.ours AND NOT clashes.is_same_id;

UPDATE main.graphics AS ours SET state = iif(claims.wins, 'current', ours.state),
  revision = theirs.revision + NOT claims.wins
FROM temp.claims JOIN temp.graphic_ids AS ids ON ids.theirs = claims.theirs
JOIN other.graphics AS theirs ON theirs.id = claims.theirs
WHERE ours.id = ids.ours;`;

const COLUMNS =
  "graphic_id, service, library, folder, name, sha256, bytes, content_type, path, url, uploaded_at, source";
const theirColumns = COLUMNS.split(", ")
  .map((column) => `theirs.${column}`)
  .join(", ");

const INSERT = `
INSERT INTO main.graphics (${COLUMNS}, manifest, item_id, state, revision, possible_duplicate)
SELECT ${theirColumns}, coalesce(keys.ours, theirs.manifest), items.ours,
  CASE WHEN ${IS_GONE} THEN 'deleted' WHEN claims.wins = 0 THEN 'replaced' ELSE theirs.state END,
  theirs.revision + coalesce(claims.wins = 0 AND NOT clashes.is_same_id, 0)
    + (theirs.state != 'deleted' AND ${IS_GONE}),
  max(theirs.possible_duplicate, coalesce(NOT clashes.is_same_id, 0))
FROM other.graphics AS theirs
JOIN temp.item_ids AS items ON items.theirs = theirs.item_id
LEFT JOIN temp.manifest_keys AS keys ON keys.theirs = theirs.manifest
LEFT JOIN temp.claims AS claims ON claims.theirs = theirs.id
LEFT JOIN temp.clashes AS clashes ON clashes.theirs = theirs.id
WHERE theirs.id NOT IN (SELECT theirs FROM temp.graphic_ids) ORDER BY theirs.id;`;

/** A table of this connection alone: a statement that reads `other` and stays prepared would keep its file. */
const SHOW_CLASHES = `
CREATE TEMP TABLE clashing_addresses AS
SELECT json_array(theirs.service, theirs.library, theirs.folder, theirs.name,
  ours.graphic_id, ours.uploaded_at, theirs.graphic_id, theirs.uploaded_at) AS place
FROM temp.clashes JOIN other.graphics AS theirs ON theirs.id = clashes.theirs
JOIN main.graphics AS ours ON ours.id = clashes.ours
WHERE NOT clashes.is_same_id ORDER BY theirs.folder, theirs.name;`;

/** The statements that bring the graphics of the schema `other` in, after the records; see `absorb`. */
export const ABSORB_GRAPHICS: string = [STATES, CLAIMS, SHOW_CLASHES].join("\n");

/** The statements that decide clashes and end the work of `ABSORB_GRAPHICS`. */
export const SETTLE_GRAPHICS: string = [SETTLE, INSERT].join("\n");

/** After `ABSORB_GRAPHICS`: every address with two current graphics, as JSON. */
export const CLASHES = "SELECT CAST(place AS BLOB) FROM temp.clashing_addresses";
