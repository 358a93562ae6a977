import { VERSION } from "../jobs/version.ts";

const ARGS = process.argv.slice(2);

// Scripts ask for the version at every turn: it is told before anything is loaded, to a reader that went away, too.
if (ARGS.length === 1 && (ARGS[0] === "--version" || ARGS[0] === "-V")) {
  process.stdout.on("error", () => {}).write(`${VERSION}\n`);
} else {
  void import("./bin.ts");
}
