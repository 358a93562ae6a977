import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { Said, Task } from "./writer-process.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const MODULES = join(PROJECT, "node_modules");

/** Compiles a program of the tests, by its path below `test/`, once for a test file; gives where it is then. */
export function useCompiled(program: string): () => string {
  let folder = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "qgfx-program-"));
    const config = {
      extends: join(PROJECT, "tsconfig.json"),
      compilerOptions: { noEmit: false, noCheck: true, rootDir: PROJECT, outDir: folder },
      files: [join(PROJECT, "test", program)],
      include: [],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    symlinkSync(MODULES, join(folder, "node_modules"), "dir");
    const compiler = join(MODULES, "typescript", "bin", "tsc");
    await promisify(execFile)(process.execPath, [compiler, "-p", folder]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  // Node 20 runs no TypeScript.
  return () => join(folder, "test", program.replace(/\.ts$/, ".js"));
}

/** The same of writer-process.ts. */
export function useWriterProgram(): () => string {
  return useCompiled("support/writer-process.ts");
}

/** A writer in a process of its own. */
export interface Writer {
  child: ChildProcess;
  /** Everything it has said so far. */
  heard: Said[];
  /** Resolves with the first thing it says of one of these kinds. */
  hear<K extends Said["said"]>(...kinds: K[]): Promise<Said & { said: K }>;
  /** Resolves when it has ended and all it said was heard. */
  ended: Promise<void>;
}

/** Starts a writer; it is killed when the test ends, at the latest. */
export function startWriter(program: string, task: Partial<Task> & { file: string }): Writer {
  const whole: Task = { does: "upload", prefix: "row", rows: 1, concurrency: 1, ...task };
  return listenTo(spawn(process.execPath, [program, JSON.stringify(whole)]));
}

/** Hears what a writer says; see `startWriter`. */
export function listenTo(child: ChildProcess): Writer {
  onTestFinished(() => void child.kill("SIGKILL"));
  const heard: Said[] = [];
  const listeners = new Set<() => void>();
  const lines = child.stdout ? createInterface(child.stdout) : undefined;
  lines?.on("line", (line) => {
    // A killed process may leave half a line: it says nothing.
    if (line.endsWith("}")) heard.push(JSON.parse(line));
    for (const listener of listeners) listener();
  });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  return { child, heard, ended, hear };

  function hear<K extends Said["said"]>(...kinds: K[]): Promise<Said & { said: K }> {
    const isWanted = (one: Said): one is Said & { said: K } =>
      kinds.some((kind) => kind === one.said);
    return new Promise((found, failed) => {
      const look = () => {
        const first = heard.find(isWanted);
        if (first) found(first);
      };
      listeners.add(look);
      look();
      ended.then(() => failed(new Error(`ended without ${kinds}: ${JSON.stringify(heard)}`)));
    });
  }
}
