import { fstatSync, readFileSync, writeSync } from "node:fs";
import { isAbsolute } from "node:path";
import { Writable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import envPaths from "env-paths";
import { VERSION } from "../jobs/version.ts";
import type { Failure } from "../report/manifest-documents.ts";
import { EXIT } from "../report/summary.ts";
import type { HostProcess } from "./host-process.ts";

// Node undoes what `nohup` did before it looks: a hang-up that was to be ignored comes like any other.
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const ARGS = process.argv.slice(2);

/** Runs the program for the process that it is. */
export async function start(): Promise<void> {
  // Scripts ask for the version at every turn: it is told before the commands are loaded, to a reader that went away, too.
  if (ARGS.length === 1 && (ARGS[0] === "--version" || ARGS[0] === "-V")) {
    process.stdout.on("error", () => {}).write(`${VERSION}\n`);
    return;
  }
  refuseSmallSpace();
  const { run } = await import("./run.ts");
  process.exitCode = await run(hostProcess());
}

/** Undefined where HOME is empty: a token must not be kept in the working folder, whatever that is. */
function configFolder(): string | undefined {
  const { config } = envPaths("qgfx", { suffix: "" });
  return isAbsolute(config) ? config : undefined;
}

function hostProcess(): HostProcess {
  return {
    args: ARGS,
    script: process.argv[1],
    env: process.env,
    cwd: workingFolder(),
    configDir: configFolder(),
    stdin: process.stdin,
    stdout: isOnDisk(1) ? fileOutput(1) : process.stdout,
    stderr: process.stderr,
    onSignal(listener) {
      for (const signal of SIGNALS) process.on(signal, listener);
      return () => {
        // A terminal that is closed may hang up once more while the process comes to its end.
        process.on("SIGHUP", () => {});
        for (const signal of SIGNALS) process.off(signal, listener);
      };
    },
    keepHeapSmall(isSmall) {
      // V8 collects garbage when the heap has grown by this percentage (0: V8 decides). The space for new objects grows
      // by this factor.
      setFlagsFromString(`--heap-growing-percent=${isSmall ? 15 : 0}`);
      setFlagsFromString(`--semi-space-growth-factor=${isSmall ? 1 : 2}`);
    },
    exitNow(code, lastWords) {
      sayLast(lastWords);
      process.exit(code);
    },
  };
}

/** Whether an open file is one on a disk, and no pipe, terminal or device. */
function isOnDisk(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

/**
 * Writes what it is given whole into an open file, or fails and takes no more. Node's own stream for a file takes a
 * part for the whole: on a full disk the system writes a part and reports no error until the next call.
 */
function fileOutput(fd: number): Writable {
  return new Writable({
    write(bytes: Buffer, _encoding, done) {
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

/** Past all streams: the live view holds stderr, and has hidden the cursor (ECMA-48 SM, DECTCEM). */
function sayLast(words: string, fd: 1 | 2 = 2): void {
  const showCursor = fd === 2 && process.stderr.isTTY ? "\x1b[?25h\n" : "";
  try {
    writeSync(fd, `${showCursor}${words}\n`);
  } catch {
    // Nobody is there to be told.
  }
}

/** Where relative paths begin; without it nothing can be found. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    const message = "the working folder is not there any more";
    return refuse("FOLDER_NOT_FOUND", message, "change to another");
  }
}

/** Ends the process before the commands are loaded, with what they would print for the same error. */
function refuse(code: string, message: string, hint: string): never {
  sayLast(`error ${code}: ${message}\n    ${hint}`);
  if (ARGS.includes("--json")) {
    const failure: Failure = { version: 1, error: { code, message, hint, exitCode: EXIT.usage } };
    sayLast(JSON.stringify(failure), 1);
  }
  return process.exit(EXIT.usage);
}

/** What a plan of 100,000 rows needs on Node 20, 22 and 24, of which Node itself takes 700 to 1,100 at its start. */
const NEEDED_MB = 2_048;

/**
 * Ends the process where its system keeps it in too small an address space (`ulimit -v`): Node would end with a trace of
 * its own during the run, which no program can catch. Only Linux tells.
 */
function refuseSmallSpace(): void {
  const limitMb = readLimitMb();
  if (limitMb === undefined) return;
  const limit = `this system lets a program have ${limitMb} MB of address space`;
  if (limitMb < NEEDED_MB) {
    const hint = `raise the limit: ulimit -v ${NEEDED_MB * 1024}`;
    refuse("MEMORY_LIMITED", `${limit}; qgfx needs ${NEEDED_MB} MB`, hint);
  }
  if (hasRoomForWebAssembly()) return;
  const hint =
    "turn off the memory that Node reserves for WebAssembly: export NODE_OPTIONS=--disable-wasm-trap-handler";
  refuse("MEMORY_LIMITED", `${limit}; Node wants more`, hint);
}

function readLimitMb(): number | undefined {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const [, bytes] = /^Max address space +(\d+)/m.exec(limits) ?? [];
    return bytes === undefined ? undefined : Math.floor(Number(bytes) / 2 ** 20);
  } catch {
    return undefined;
  }
}

/** Answers are read by WebAssembly, for whose memory Node 20 and 22 reserve 10 GB unless told otherwise. */
function hasRoomForWebAssembly(): boolean {
  try {
    new WebAssembly.Memory({ initial: 1 });
    return true;
  } catch {
    return false;
  }
}
