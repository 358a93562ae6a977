import { z } from "zod";
import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import type { Database } from "./database.ts";
import { IS_ROW } from "./schema.ts";

/** Whether the manifest at hand may call a graphic its own, by who recorded it and where. */
export type Ownership = (recordedBy: string, place: FolderAndName) => boolean;

type OwnsPlace = (place: FolderAndName) => boolean;

const ALWAYS: OwnsPlace = () => true;
const NEVER: OwnsPlace = () => false;

/**
 * Tells what can be an orphan of a manifest: what it recorded itself, and what its retry sheets did. Manifests
 * that differ in their ending alone, and the sheets of a workbook, have one name for those: then it is who had
 * the row. An orphan that is hidden does less harm than one that was another's.
 *
 * | recorded by | manifests of the retry sheet's name in the ledger | → |
 * |---|---|---|
 * | the manifest itself | any | its own |
 * | a retry sheet | it alone | its own |
 * | a retry sheet | several, and it alone ever had a row there | its own |
 * | a retry sheet | any other | not |
 * | any other manifest | any | not |
 *
 * A retry sheet itself has no orphans, not even of its own earlier rows: it is written anew by each apply, and
 * whatever has been uploaded is missing from it.
 */
export function ownershipReader(
  database: Database,
  target: TargetKey,
  manifest: string,
): Ownership {
  const known = new Map<string, OwnsPlace>();
  return (recordedBy, place) => {
    let owns = known.get(recordedBy);
    if (!owns) {
      owns = ownsWhatIsBy(recordedBy, database, target, manifest);
      known.set(recordedBy, owns);
    }
    return owns(place);
  };
}

function ownsWhatIsBy(
  recordedBy: string,
  database: Database,
  target: TargetKey,
  manifest: string,
): OwnsPlace {
  if (isRetrySheet(manifest)) return NEVER;
  if (recordedBy === manifest) return ALWAYS;
  if (!isRetrySheet(recordedBy) || !isRetryOf(recordedBy, manifest)) return NEVER;
  const namesakes = readManifests(database).filter((key) => isRetryOf(recordedBy, key));
  if (!namesakes.includes(manifest)) return NEVER;
  if (namesakes.length === 1) return ALWAYS;
  return (place) => {
    const [first, second] = readHavingRow(database, target, namesakes, place);
    return first === manifest && second === undefined;
  };
}

const manifestSchema = z.object({ manifest: z.string() });

/** The name of every manifest that a ledger has a run of. */
export function readManifests(database: Database): string[] {
  const rows = database.all(manifestSchema, "SELECT DISTINCT manifest FROM runs");
  return rows.map(({ manifest }) => manifest);
}

const HAVING_ROW = `
SELECT DISTINCT manifest FROM runs
WHERE manifest IN (SELECT value FROM json_each(?3)) AND service = ?1 AND library = ?2
  AND EXISTS (SELECT 1 FROM attempts WHERE run_id = runs.id AND folder = ?4 AND name = ?5 AND ${IS_ROW})`;

/** Which of some manifests meant to send or adopted a row at an address, in any of their runs. */
function readHavingRow(
  database: Database,
  { service, library }: TargetKey,
  manifests: readonly string[],
  { folder, name }: FolderAndName,
): string[] {
  const values = [service, library, JSON.stringify(manifests), folder, name];
  return database.all(manifestSchema, HAVING_ROW, values).map(({ manifest }) => manifest);
}

const RETRY_SUFFIX = /(\.retry)+\.csv$/;
/** A sheet of a workbook is a manifest of its own; its name may hold dots. */
const WORKBOOK_SHEET = /\.xlsx#[^/]*$/i;
const EXTENSION = /\.[^./]+$/;

/** Whether a manifest holds the rows of another that failed: its name says so. */
function isRetrySheet(manifest: string): boolean {
  return RETRY_SUFFIX.test(manifest);
}

/** Whether a retry sheet's name is that of this manifest: `m.retry.csv` is of `m.csv`, and of any other `m`. */
function isRetryOf(retrySheet: string, manifest: string): boolean {
  return !isRetrySheet(manifest) && retrySheet.replace(RETRY_SUFFIX, "") === stemOf(manifest);
}

function stemOf(manifest: string): string {
  const ending = WORKBOOK_SHEET.test(manifest) ? WORKBOOK_SHEET : EXTENSION;
  return manifest.replace(ending, "");
}
