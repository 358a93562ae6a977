import type { HostProcess } from "./host-process.ts";

/**
 * What starts the program from the shell that it was started from: `npx qgfx` where npx did, for there `qgfx` is not a
 * command. npm says that it runs a command (`npm_command`, npm 7 and newer), and a program that was installed for all
 * folders is a command anyway. Undefined: `qgfx`.
 */
export function startedBy({ env, script = "" }: Pick<HostProcess, "env" | "script">) {
  const isNpx = env.npm_command === "exec" && env.npm_lifecycle_event === "npx";
  if (!isNpx || !/[\\/]node_modules[\\/]/.test(script)) return undefined;
  const prefix = env.npm_config_global_prefix;
  const isForAll =
    prefix !== undefined &&
    ["/lib/node_modules/", "\\node_modules\\"].some((folder) => script.startsWith(prefix + folder));
  return isForAll ? undefined : "npx qgfx";
}
