import { dirname, resolve } from "node:path";
import { isUnder } from "../../files/image-place.ts";
import { UserError } from "../../user-error.ts";
import type { CommonOptions } from "../common-options.ts";
import { realPathOf } from "../overwriting.ts";
import { displayPath, type Paths } from "../paths.ts";
import { settledByPlan } from "./fixed-options.ts";
import { manifestOfPlan, type OpenedPlan, type PlanPlaces, placesOfPlan } from "./open-plan.ts";

type PlaceName = keyof PlanPlaces;

const NAMES: readonly PlaceName[] = ["results", "ledger", "root"];

const WHAT = {
  results: "the results' file",
  ledger: "the ledger",
  root: "the pictures' root",
};

/**
 * Throws where the command line names another place than the plan, or where the plan reaches out of its
 * manifest's folder and the command line does not name the same place: a plan comes from whoever could write
 * its file, and alone must neither overwrite the user's files nor send them.
 */
export function refuseOtherPlaces(
  plan: OpenedPlan,
  planFile: string,
  options: Pick<CommonOptions, PlaceName>,
  cwd: string,
): void {
  const folder = dirname(manifestOfPlan(plan));
  const places = placesOfPlan(plan);
  for (const name of NAMES) {
    const place = places[name];
    const given = options[name];
    if (given !== undefined && resolve(cwd, given) === place) continue;
    if (!liesIn(folder, place)) throw outside(name, place);
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

function outside(name: PlaceName, place: string): UserError {
  return new UserError(
    "PLAN_OUTSIDE",
    `${WHAT[name]} of the saved plan, '${place}', is not in its manifest's folder, or is a link that leads out of it`,
    {
      hint: `nothing was sent; give --${name} with that path, too, if it is what you want, or save the plan again`,
    },
  );
}
