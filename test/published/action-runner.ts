import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type Ended, start } from "../support/program.ts";

const ROOT = join(import.meta.dirname, "../..");

interface Step {
  name?: string;
  id?: string;
  if?: string;
  run?: string;
  shell?: string;
  env?: Record<string, string>;
}

/** The action, as its file says. */
export const ACTION: {
  inputs: Record<string, { default?: string }>;
  runs: { steps: Step[] };
} = parse(readFileSync(join(ROOT, "action.yml"), "utf8"));

/** Does the `run:` steps of action.yml as a runner does: each in a bash of its own, with its files. */
export class ActionRun {
  /** Names of the steps that ran, with their exit codes. */
  readonly ran: string[] = [];
  isFailed = false;
  readonly #values = new Map<string, string>();
  readonly #cwd: string;
  readonly #temp: string;

  /** `temp` is the runner's own folder; what is installed there stays for the next run. */
  constructor(cwd: string, temp: string, ref: string, inputs: Record<string, string>) {
    this.#cwd = cwd;
    this.#temp = temp;
    mkdirSync(temp, { recursive: true });
    this.#values.set("github.ref", ref).set("github.event.repository.default_branch", "main");
    const given = Object.entries(ACTION.inputs).map(([name, one]) => [name, one.default ?? ""]);
    for (const [name = "", value = ""] of [...given, ...Object.entries(inputs)]) {
      this.#values.set(`inputs.${name}`, value);
    }
    this.#write("summary");
    this.#write("path");
  }

  get summary(): string {
    return this.#read("summary");
  }

  output(step: string, name: string): string | undefined {
    return this.#values.get(`steps.${step}.outputs.${name}`);
  }

  /** Without those of these names. */
  async runAll(without: readonly string[] = []): Promise<this> {
    for (const step of ACTION.runs.steps) {
      const isSkipped = this.isFailed && !step.if?.includes("always()");
      if (isSkipped || without.includes(step.name ?? "")) continue;
      if (step.if === undefined || this.#evaluate(step.if) !== "") await this.#run(step);
    }
    return this;
  }

  async #run({ name, id, run, env = {} }: Step): Promise<void> {
    if (run === undefined) return;
    this.#write("output");
    const own = Object.entries(env).map(([key, text]) => [key, this.#evaluate(text)]);
    const { code, stderr } = await this.#bash(run, Object.fromEntries(own));
    this.ran.push(`${name}: ${code}`);
    if (code !== 0) this.isFailed = true;
    if (code !== 0 && id !== "run") throw new Error(`${name}: ${stderr}`);
    for (const [, key, value = ""] of this.#read("output").matchAll(/^([\w-]+)=(.*)$/gm)) {
      this.#values.set(`steps.${id}.outputs.${key}`, value);
    }
  }

  #bash(script: string, own: Record<string, string>): Promise<Ended> {
    const added = [join(this.#temp, "qgfx/bin"), ...this.#read("path").split("\n")];
    const env = {
      ...own,
      PATH: [...added.filter(Boolean), process.env.PATH].join(":"),
      HOME: this.#temp,
      RUNNER_TEMP: this.#temp,
      GITHUB_ACTION_PATH: ROOT,
      GITHUB_STEP_SUMMARY: join(this.#temp, "summary"),
      GITHUB_PATH: join(this.#temp, "path"),
      GITHUB_OUTPUT: join(this.#temp, "output"),
    };
    const args = ["--noprofile", "--norc", "-eo", "pipefail", "-c", script];
    return start("bash", args, { cwd: this.#cwd, env }).ended;
  }

  #write(name: string): void {
    writeFileSync(join(this.#temp, name), "");
  }

  #read(name: string): string {
    return readFileSync(join(this.#temp, name), "utf8");
  }

  /** A text with expressions in it: names, `==`, `&&`, `||`, as the runner reads them. */
  #evaluate(text: string): string {
    return text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
      const either = expression.split(" || ").map((part) => this.#all(part.split(" && ")));
      return either.find((value) => value !== "") ?? "";
    });
  }

  /** Of an `and`: the last part, or nothing where one is nothing. */
  #all(parts: readonly string[]): string {
    const results = parts.map((part) => {
      const [left = "", right] = part.split(" == ").map((side) => this.#meaning(side));
      if (right === undefined) return left;
      return left === right ? "true" : "";
    });
    return results.includes("") ? "" : (results.at(-1) ?? "");
  }

  #meaning(name: string): string {
    if (name === "always()") return "true";
    return /^'(.*)'$/.exec(name)?.[1] ?? this.#values.get(name) ?? "";
  }
}
