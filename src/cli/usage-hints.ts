import { quoteArgument } from "../render/terminal-text.ts";

/** What people call commands elsewhere. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  upload: "apply",
  push: "apply",
  send: "apply",
  import: "apply",
  check: "validate",
  lint: "validate",
  preview: "plan",
  diff: "plan",
  status: "plan",
  ids: "results",
  export: "results",
  create: "init",
  scan: "init",
  login: "setup",
  config: "setup",
  delete: "prune",
  remove: "prune",
  log: "history",
};

const MANIFEST = /\.(csv|tsv|xlsx|ya?ml|json)$/i;

/** What commander says of a command line, and what was likely meant, as a command that can be pasted. */
export function withUsageHint(text: string, args: readonly string[]): string {
  const [, name = ""] = /unknown command '(.+?)'/.exec(text) ?? [];
  const meant = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
  if (meant !== undefined) {
    const command = ["qgfx", ...args.map((arg) => (arg === name ? meant : arg))];
    return `error: no command '${name}'; '${meant}' does that\n    $ ${command.map(quoteArgument).join(" ")}\n`;
  }
  const isDivided = text.includes("too many arguments") && args[0] !== "help";
  const divided = isDivided ? joinDivided(args) : undefined;
  if (divided === undefined) return text;
  const command = ["qgfx", ...divided].map(quoteArgument).join(" ");
  return `${text.trimEnd()}\n    a name with spaces needs quotes: $ ${command}\n`;
}

/** The arguments with those joined that a missing pair of quotes has divided; undefined where there are none. */
function joinDivided([command = "", ...args]: readonly string[]): string[] | undefined {
  const groups: string[][] = [[]];
  for (const arg of args) {
    if (arg.startsWith("-")) groups.push([arg], []);
    else groups.at(-1)?.push(arg);
  }
  const joined = groups.flatMap((group, index) => {
    const rest = index > 0 && MANIFEST.test(group.at(-1) ?? "") ? group.slice(-1) : [];
    const name = group.slice(0, group.length - rest.length);
    const isOne = name.filter((part) => MANIFEST.test(part)).length <= 1;
    return isOne ? [...(name.length > 0 ? [name.join(" ")] : []), ...rest] : group;
  });
  return joined.length < args.length ? [command, ...joined] : undefined;
}
