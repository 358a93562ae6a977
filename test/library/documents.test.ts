import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const OURS = join(ROOT, "src/library/documents.ts");
const BUILT = join(ROOT, "dist/library/documents.d.ts");

const dir = mkdtempSync(join(tmpdir(), "qgfx-documents-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Names of the types that a file exports. */
function namesIn(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const own = [...text.matchAll(/^export (?:type|interface) (\w+)/gm)].map(([, name]) => name);
  const passedOn = [...text.matchAll(/^export type \{([^}]+)\}/gm)].flatMap(([, list = ""]) =>
    list.split(",").map((one) => one.trim().replace(/^\w+ as /, "")),
  );
  return [...own, ...passedOn].filter((name) => name !== undefined).sort();
}

describe("the types of documents, built from schemas/", () => {
  it("have the names that the library's own have", () => {
    expect(namesIn(BUILT)).toEqual(namesIn(OURS));
  });

  it("say what those say", async () => {
    const same = "[A] extends [B] ? ([B] extends [A] ? true : false) : false";
    const lines = [
      `import type * as Ours from ${JSON.stringify(OURS)};`,
      `import type * as Built from ${JSON.stringify(BUILT.replace(/\.d\.ts$/, ".js"))};`,
      `type Same<A, B> = ${same};`,
      ...namesIn(OURS).map(
        (name) => `export const ${name}: Same<Ours.${name}, Built.${name}> = true;`,
      ),
    ];
    const program = join(dir, "same.mts");
    writeFileSync(program, lines.join("\n"));
    const config = { extends: join(ROOT, "tsconfig.json"), files: [program], include: [] };
    const project = join(dir, "tsconfig.json");
    writeFileSync(project, JSON.stringify(config));
    const run = promisify(execFile);
    const options = ["-p", project, "--typeRoots", join(ROOT, "node_modules/@types")];
    const { stdout } = await run(join(ROOT, "node_modules/.bin/tsc"), options).catch(
      (failed: { stdout: string }) => failed,
    );
    expect(stdout).toBe("");
  });
});
