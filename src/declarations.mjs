// A step of `npm run build`, after the compiler: of the declarations in dist/ it keeps those that the library's entry names,
// and writes them once more for programs that `require` the library.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const ENDING = /\.ts(?=")/g;

/** Texts of the declarations that `entry` leads to, by their paths. */
function reachableFrom(entry, found = new Map()) {
  const text = readFileSync(entry, "utf8");
  found.set(entry, text);
  for (const [, name] of text.matchAll(/from "(\.[^"]+)\.ts"/g)) {
    const file = join(dirname(entry), `${name}.d.ts`);
    if (!found.has(file)) reachableFrom(file, found);
  }
  return found;
}

const kept = reachableFrom(join(DIST, "index.d.ts"));
const all = readdirSync(DIST, { recursive: true }).map((name) => join(DIST, name));
for (const file of all) if (file.endsWith(".d.ts")) rmSync(file);
for (const [file, text] of kept) {
  // TypeScript before 5.2 knows no `.ts` in an import of a declaration.
  writeFileSync(file, text.replaceAll(ENDING, ".js"));
  writeFileSync(file.replace(/\.ts$/, ".cts"), text.replaceAll(ENDING, ".cjs"));
}
