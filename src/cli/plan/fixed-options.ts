import type { Command } from "commander";
import { UserError } from "../../user-error.ts";

const FIXED = [
  "host",
  "library",
  "folder",
  "sandbox",
  "sheet",
  "ledger",
  "results",
  "root",
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
  throw new UserError("OPTION_CONFLICT", `${option} is settled by the saved plan ${planFile}`, {
    hint: `leave ${option} out, or give it to \`qgfx plan\` and save the plan again`,
  });
}
