import { dirname, resolve } from "node:path";
import { isUnder } from "../files/image-place.ts";
import { parseHost } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions } from "./options.ts";
import { realPathOf } from "./overwriting.ts";
import { displayPath, type Paths } from "./paths.ts";
import type { OpenedPlan } from "./saved-plan.ts";
import { mayReceiveToken } from "./token.ts";
import { findSetting, readUserSettings } from "./user-settings.ts";
import type { JobHost } from "./watcher.ts";

/** Without the places: those may be named again. */
const SETTLED = [
  "--host",
  "--library",
  "--folder",
  "--sandbox",
  "--sheet",
  "--encoding",
  "--max-size",
  "--unknown",
  "--share",
  "--name-quotes",
  "--shard",
];

/**
 * Throws where a saved plan may not be run as the user asks: where `given`, the options on the command line, name
 * what the plan has settled, or where the plan leads to a service or to files that the user does not trust it with.
 */
export function refuseUntrusted(
  plan: OpenedPlan,
  planFile: string,
  options: Pick<JobOptions, PlaceName | "tokenFile">,
  given: readonly string[],
  host: JobHost,
): void {
  const settled = SETTLED.find((option) => given.includes(option));
  if (settled !== undefined) throw settledByPlan(settled, planFile);
  refuseOtherService(plan, options, host);
  refuseOtherPlaces(plan, planFile, options, host.cwd);
}

/** For an option that names something else than the plan. */
function settledByPlan(option: string, planFile: string): UserError {
  return new UserError("OPTION_CONFLICT", `${option} is fixed by the saved plan ${planFile}`, {
    hint: `leave ${option} out, or give it to \`qgfx plan\` and save the plan again`,
  });
}

/**
 * Throws where the plan's service is not one the user trusts with the token: a plan comes from whoever could
 * write its file.
 */
function refuseOtherService(
  { saved }: OpenedPlan,
  { tokenFile }: Pick<JobOptions, "tokenFile">,
  host: JobHost,
): void {
  if (saved.baseUrl === null) return;
  const settings = readUserSettings(host);
  const own = findSetting(settings, "host");
  const planned = parseHost(saved.baseUrl);
  const named = own && parseHost(own.value);
  const options = tokenFile === undefined ? {} : { tokenFile };
  const isTrusted = mayReceiveToken({ options, settings, host }, planned);
  if (isTrusted && (!named || named.service === planned.service)) return;
  const instead = named ? `names ${named.baseUrl}` : "names none";
  const where = own && own.source !== "environment" ? own.source : "QUALTRICS_BASE_URL";
  const message = `the saved plan is for the service ${planned.baseUrl}, and ${where} ${instead}`;
  throw new UserError("PLAN_OTHER_SERVICE", message, {
    hint: `nothing was sent; set QUALTRICS_BASE_URL to ${planned.baseUrl} if your token belongs to that service, or save the plan again for your own`,
  });
}

type PlaceName = keyof OpenedPlan["places"];

const NAMES: readonly PlaceName[] = ["results", "ledger", "root"];

const WHAT = {
  results: "the results' file",
  ledger: "the ledger",
  root: "the images' root",
};

/**
 * Throws where the command line names another place than the plan, or where the plan reaches out of its
 * manifest's folder and the command line does not name the same place: a plan comes from whoever could write
 * its file, and alone must neither overwrite the user's files nor send them.
 */
function refuseOtherPlaces(
  { manifest, places }: OpenedPlan,
  planFile: string,
  options: Pick<JobOptions, PlaceName>,
  cwd: string,
): void {
  const folder = dirname(manifest);
  for (const name of NAMES) {
    const place = places[name];
    const given = options[name];
    if (given !== undefined && resolve(cwd, given) === place) continue;
    if (!liesIn(folder, place)) {
      const message = `${WHAT[name]} of the saved plan, '${place}', is not in its manifest's folder, or is a link that leads out of it`;
      throw new UserError("PLAN_OUTSIDE", message, {
        hint: `nothing was sent; give --${name} with that path, too, if it is what you want, or save the plan again`,
      });
    }
    if (given !== undefined) throw settledByPlan(`--${name}`, planFile);
  }
}

/** What `apply` must be given with a plan of these paths, with a space before each option. */
export function optionsToRepeat({ baseDir, rootDir, whole }: Paths, cwd: string): string {
  const places = { ...whole, root: rootDir };
  return NAMES.filter((name) => !liesIn(baseDir, places[name]))
    .map((name) => ` --${name} ${displayPath(places[name], cwd)}`)
    .join("");
}

/** First as written: for a stranger's plan the disk of another machine must not be asked. */
function liesIn(folder: string, place: string): boolean {
  return isUnder(folder, place) && isUnder(realPathOf(folder), realPathOf(place));
}
