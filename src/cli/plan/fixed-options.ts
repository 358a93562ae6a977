import type { Command } from "commander";
import { UserError } from "../../user-error.ts";

/** Without the places: those may be named again (`refuseOtherPlaces`). */
const FIXED = [
  "host",
  "library",
  "folder",
  "sandbox",
  "sheet",
  "maxSize",
  "unknown",
  "share",
  "shard",
];

/** Throws for options on the command line that a saved plan has settled already. */
export function refuseFixedOptions(command: Command, planFile: string): void {
  const given = FIXED.find((name) => command.getOptionValueSource(name) === "cli");
  if (given === undefined) return;
  const option = command.options.find((one) => one.attributeName() === given)?.long ?? given;
  throw settledByPlan(option, planFile);
}

/** For an option that names something else than the plan. */
export function settledByPlan(option: string, planFile: string): UserError {
  return new UserError("OPTION_CONFLICT", `${option} is settled by the saved plan ${planFile}`, {
    hint: `leave ${option} out, or give it to \`qgfx plan\` and save the plan again`,
  });
}
