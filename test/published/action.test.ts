import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";
import { ACTION, ActionRun } from "./action-runner.ts";

const ROOT = join(import.meta.dirname, "../..");
const MANIFEST = "path,name,folder\nsun.png,Sun,F\nrain.png,<b>Rain|`x`,F\n";
const MAIN = "refs/heads/main";
const PULL_REQUEST = "refs/pull/1/merge";

const TEMP = mkdtempSync(join(tmpdir(), "qgfx-action-"));
afterAll(() => rmSync(TEMP, { recursive: true, force: true }));

/** A clone of a repository with a manifest, beside a sandbox. */
async function openRepository(): Promise<{ place: Workplace; git: (...args: string[]) => string }> {
  const place = await openWorkplace();
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: place.dir,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  place.write("summer.csv", MANIFEST);
  place.write("sun.png", png(1));
  place.write("rain.png", png(2));
  place.write(".gitignore", "origin.git/\n.qgfx/\n");
  git("init", "--quiet", "--bare", "origin.git");
  git("init", "--quiet", "--initial-branch", "main", ".");
  git("add", ".");
  const author = ["-c", "user.name=tester", "-c", "user.email=tester@example.org"];
  git(...author, "commit", "--quiet", "-m", "start");
  git("remote", "add", "origin", join(place.dir, "origin.git"));
  git("push", "--quiet", "-u", "origin", "main");
  return { place, git };
}

/** The action in that clone, with what is installed already by an earlier run. */
function runAction({ dir, sandbox }: Workplace, ref: string, more: Record<string, string> = {}) {
  const { url: host, library, token } = sandbox;
  const inputs = { manifest: "summer.csv", host, library, token, package: ROOT, ...more };
  const isInstalled = existsSync(join(TEMP, "qgfx/bin/qgfx"));
  rmSync(join(TEMP, "qgfx-report"), { recursive: true, force: true });
  return new ActionRun(dir, TEMP, ref, inputs).runAll(isInstalled ? ["Install qgfx"] : []);
}

function report(name: string): string {
  return readFileSync(join(TEMP, "qgfx-report", name), "utf8");
}

describe("action.yml", () => {
  it("installs this version, and lets nothing that others write become a part of a script", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(ACTION.inputs.package?.default).toBe(`qgfx@${version}`);
    const steps = ACTION.runs.steps.filter(({ run }) => run !== undefined);
    expect(steps.filter(({ shell }) => shell !== "bash")).toEqual([]);
    expect(steps.filter(({ run = "" }) => run.includes("${".concat("{")))).toEqual([]);
  });

  it("shows on a pull request what would be uploaded, without a token, and uploads nothing", async () => {
    const { place } = await openRepository();
    const { summary, ran } = await runAction(place, PULL_REQUEST, { token: "" });
    expect(ran.at(-1)).toBe("Plan or apply: 0");
    expect(summary).toContain("### qgfx plan");
    expect(summary).toMatch(/^\| 2 \| 0 \| 0 \| 0 \| 0 \|$/m);
    expect(summary).toContain("| create | new | F | Sun | sun.png |");
    expect(summary).toContain("&#60;b&#62;Rain&#124;&#96;x&#96;");
    expect(report("plan.html")).toMatch(/^<!doctype html>/i);
    expect(await place.held()).toEqual([]);
  });

  it("uploads on the default branch, and commits the results where it is told to", async () => {
    const { place, git } = await openRepository();
    const { summary, ran } = await runAction(place, MAIN, { results: "commit" });
    expect(ran.at(-1)).toBe("Commit the results: 0");
    expect(summary).toMatch(/^\| 2 \| 0 \| 0 \| 0 \| 0 \|$/m);
    const ids = (await place.held()).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    for (const id of ids) {
      expect(git("show", "origin/main:summer.results.csv")).toContain(id);
      expect(report("summer.results.csv")).toContain(id);
    }
    // A runner's folder is new each time: only what is committed is there.
    rmSync(join(place.dir, ".qgfx"), { recursive: true });
    const again = await runAction(place, PULL_REQUEST);
    expect(again.summary).toMatch(/^\| 0 \| 0 \| 2 \| 0 \| 0 \|$/m);
  });

  it("fails as the command does, and tells every problem of a manifest", async () => {
    const { place } = await openRepository();
    place.write("summer.csv", "path,name,folder\nnone.png,A,F\nsun.png,A,F\n");
    const run = await runAction(place, PULL_REQUEST);
    expect(run.output("run", "exit-code")).toBe("2");
    expect(run.isFailed).toBe(true);
    expect(run.summary).toContain("FILE_NOT_FOUND");
    expect(run.summary).toContain("ADDRESS_DUPLICATE");
  });

  it("tells of a token that is refused, and passes options on", async () => {
    const { place } = await openRepository();
    const options = { options: "--max-failures 1 --rate 1000", token: "x".repeat(40) };
    const run = await runAction(place, MAIN, options);
    expect(run.output("run", "exit-code")).toBe("8");
    expect(run.summary).toContain("| failed | F | Sun |");
  });
});
