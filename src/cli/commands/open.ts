import type { Command } from "commander";
import type { Workspace } from "../../open/workspace.ts";
import { wrapFor } from "../../render/terminal-text.ts";
import { EXIT } from "../../report/summary.ts";
import { parseWhole } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";

const EXAMPLES = `
The first line on stdout is JSON: {"url"}, the address with its secret. Only this computer can reach it. It ends
with Ctrl-C, or half an hour after the last page was closed; an upload goes on to its end.

Examples:
  $ qgfx open                                  # what is in this folder, to choose from
  $ qgfx open summer.xlsx
  $ qgfx open pictures                         # makes a sheet of a folder of images
  $ qgfx open summer.csv --no-open             # prints the address alone`;

interface OpenOptions {
  port: number;
  open: boolean;
  htmlOld?: boolean;
}

/** `qgfx open [M or DIR]`: the same jobs as a page in the browser, until it is interrupted. */
export function registerOpen(program: Command, context: CommandContext): void {
  program
    .command("open")
    .description("edit, check, upload and follow a manifest in your browser")
    .argument("[manifest]", "CSV, Excel or YAML file, or a folder (default: the working folder)")
    .option("--port <n>", "port to listen on; 0 picks a free one", parseWhole(0, 65_535), 0)
    .option("--no-open", "print the address and start no browser")
    .option("--html-old", "fetch replaced images from their URLs, to show the old beside the new")
    .addHelpText("after", EXAMPLES)
    .action((name: string | undefined, options: OpenOptions) => serve(name, options, context));
}

async function serve(
  name: string | undefined,
  { port, open, htmlOld = false }: OpenOptions,
  context: CommandContext,
): Promise<void> {
  const { openBrowser, openDirectory } = await import("../../open/open-directory.ts");
  const { stdout, stderr, cwd, env, configDir } = context.process;
  const tell = (text: string) => void stderr.write(`${wrapFor(stderr, text)}\n`);
  const onDefect = (error: unknown) => {
    tell(`this is a bug in qgfx: ${error instanceof Error ? error.stack : String(error)}`);
  };
  const surroundings = { cwd, env, configDir, fetchesOld: htmlOld };
  const opened = await openDirectory({ name, port }, surroundings, onDefect);
  // Only now: until there is something to end, a signal ends the process as it would any other.
  const interrupted =
    opened.kind === "started" ? untilInterrupted(opened.workspace, context, tell) : undefined;
  stdout.write(`${JSON.stringify({ url: opened.url })}\n`);
  if (open) openBrowser(opened.onceUrl);
  if (opened.kind === "found") return tell("qgfx is open here already: that page is shown");
  tell(`open ${opened.url} in your browser; Ctrl-C ends it`);
  await Promise.race([interrupted, opened.idle]);
  opened.forget();
  await opened.close();
}

const QUIT =
  "quit at once: what was under way is unknown until it is looked for; `qgfx open` goes on from here";

/** Resolves once the user wants an end, and a run has come to its own: the first signal stops it, the second at once. */
function untilInterrupted(
  workspace: Workspace,
  context: CommandContext,
  tell: (text: string) => void,
): Promise<void> {
  let signals = 0;
  return new Promise((resolve) => {
    context.process.onSignal(() => {
      signals += 1;
      const { run } = workspace;
      if (!run || run.isOver) return resolve();
      if (signals > 2) return context.process.exitNow(EXIT.interrupted, QUIT);
      context.exitCode = EXIT.interrupted;
      tell(signals === 1 ? STOPPING : "stopped at once: writing the results");
      run.stop(signals > 1);
      void run.ended.then(resolve);
    });
  });
}

const STOPPING =
  "stopping: what is under way finishes first\n    press Ctrl-C again to stop at once: it becomes unknown";
