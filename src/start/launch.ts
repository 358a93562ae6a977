import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, Script } from "node:vm";
import { VERSION } from "../cli/version.ts";
import { keepCompiled, readCompiled } from "./compiled.ts";

/** A bundled program as a function: what a CommonJS module finds about itself (Node.js, The module wrapper). */
type Program = (require: NodeJS.Require, __filename: string, __dirname: string) => void;

const ARGS = process.argv.slice(2);
/** What the build calls the file: its folder on the machine that built it is nobody's business. */
const NAME_WHERE_BUILT = "/qgfx/dist/bin/qgfx.code.js";

// Scripts ask for the version at every turn: it is told before anything is loaded, to a reader that went away, too.
if (ARGS.length === 1 && (ARGS[0] === "--version" || ARGS[0] === "-V")) {
  process.stdout.on("error", () => {}).write(`${VERSION}\n`);
} else {
  launch(__dirname);
}

/**
 * Runs the program that lies beside this file, with what V8 made of it when it was built, so that nothing is parsed
 * and compiled anew at each start; see `readCompiled`.
 *
 * `QGFX_KEEP_COMPILED` is for the build: what is compiled by the end of this run is kept for later ones.
 */
function launch(dir: string): void {
  const codeFile = join(dir, "qgfx.code.js");
  const compiledFile = join(dir, "qgfx.code.cache");
  const keeps = process.env.QGFX_KEEP_COMPILED !== undefined;
  const code = `(function (require, __filename, __dirname) {${readFileSync(codeFile, "latin1")}\n})`;
  const script = new Script(code, {
    filename: keeps ? NAME_WHERE_BUILT : codeFile,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    cachedData: keeps ? undefined : readCompiled(compiledFile, code),
  });
  if (keeps) {
    process.on("exit", () => keepCompiled(compiledFile, code, script.createCachedData()));
  }
  const program: Program = script.runInThisContext();
  program(createRequire(codeFile), codeFile, dir);
}
