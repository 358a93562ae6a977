import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { runCli } from "./support/run-cli.ts";

const ROOT = join(import.meta.dirname, "..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const START = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts.start as string;

/** What differs from run to run: the ids, the time it took, which upload ended first. */
function comparable(text: string): string[] {
  const masked = text.replaceAll(/IM_\w+/g, "IM_…").replaceAll(/in \d+ s;/g, "in … s;");
  return masked.trim().split("\n").sort();
}

it("prints the README's transcripts on the first and on the second npm start", async () => {
  const [first, second] = [...README.matchAll(/```text\n(.*?)```/gs)].map(([, text = ""]) => text);
  const cwd = mkdtempSync(join(tmpdir(), "qgfx-readme-"));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  cpSync(join(ROOT, "manifests"), join(cwd, "manifests"), {
    recursive: true,
    filter: (path) => !/\.qgfx|\.results\.csv/.test(path),
  });
  const args = START.replace(/^.* dist\/bin\/qgfx\.js /, "").split(" ");
  for (const transcript of [first, second]) {
    const { code, stdout, stderr } = await runCli(cwd, args);
    expect(code).toBe(0);
    expect(comparable(stderr + stdout)).toEqual(comparable(transcript ?? ""));
  }
});
