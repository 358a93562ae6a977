import { z } from "zod";
import type { FolderAndName } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/service.ts";
import type { Database } from "./database.ts";
import { IS_ROW } from "./schema.ts";

/** Whether the manifest at hand may call a graphic its own, by where it is. */
type OwnsPlace = (place: FolderAndName) => boolean;

/**
 * Tells what can be an orphan of a manifest: what it recorded itself, and what version 0.1 recorded of its retry sheets
 * and results files as if those were manifests of their own. Manifests that differ in their ending alone, and the sheets
 * of a workbook, have one name for those: then it is who had the row. An orphan that is hidden does less harm than one
 * that was another's.
 *
 * | recorded by | manifests of that stem in the ledger | → |
 * |---|---|---|
 * | the manifest itself | any | its own |
 * | a retry sheet | it alone, or none | its own |
 * | a retry sheet | several, and it alone ever had a row there | its own |
 * | a retry sheet | any other | not |
 * | any other manifest | any | not |
 */
export function ownershipReader(database: Database, target: TargetKey, manifest: string) {
  const known = new Map<string, OwnsPlace>();
  return (recordedBy: string, place: FolderAndName): boolean => {
    const owns = known.get(recordedBy) ?? ownsWhatIsBy(recordedBy, database, target, manifest);
    known.set(recordedBy, owns);
    return owns(place);
  };
}

function ownsWhatIsBy(
  recordedBy: string,
  database: Database,
  { service, library }: TargetKey,
  manifest: string,
): OwnsPlace {
  if (recordedBy === manifest) return () => true;
  if (!isRetrySheet(recordedBy) || !isRetryOf(recordedBy, manifest)) return () => false;
  const read = (sql: string, values: readonly string[] = []) =>
    database.all(manifestSchema, sql, values).map((run) => run.manifest);
  const namesakes = read("SELECT DISTINCT manifest FROM runs").filter((key) =>
    isRetryOf(recordedBy, key),
  );
  if (namesakes.length <= 1) return () => namesakes.length === 0 || namesakes[0] === manifest;
  return ({ folder, name }) => {
    const place = [service, library, JSON.stringify(namesakes), folder, name];
    const [first, second] = read(HAVING_ROW, place);
    return first === manifest && second === undefined;
  };
}

const manifestSchema = z.object({ manifest: z.string() });

/** Which of some manifests meant to send or adopted a row at an address, in any of their runs. */
const HAVING_ROW = `
SELECT DISTINCT manifest FROM runs
WHERE manifest IN (SELECT value FROM json_each(?3)) AND service = ?1 AND library = ?2
  AND EXISTS (SELECT 1 FROM attempts WHERE run_id = runs.id AND folder = ?4 AND name = ?5 AND ${IS_ROW})`;

const RETRY_SUFFIX = /(\.(?:retry|results))+\.(?:csv|xlsx)$/;
/** A sheet of a workbook is a manifest of its own; its name may hold dots. */
const ENDING = /\.xlsx#[^/]*$|\.[^./]+$/i;

/** Whether a manifest holds the rows of another that failed: its name says so. */
function isRetrySheet(manifest: string): boolean {
  return RETRY_SUFFIX.test(manifest);
}

/** Whether a retry sheet's name is that of this manifest: `m.retry.csv` is of `m.csv`, and of any other `m`. */
function isRetryOf(retrySheet: string, manifest: string): boolean {
  const stem = retrySheet.replace(RETRY_SUFFIX, "");
  return !isRetrySheet(manifest) && stem === manifest.replace(ENDING, "");
}
