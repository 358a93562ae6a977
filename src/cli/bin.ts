// The first file that Node reads. It has no imports and no new syntax, so that an old Node can read it and say what is wrong.

/** As `engines` in package.json says. */
const OLDEST_NODE = "20.19";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `error NODE_TOO_OLD: qgfx needs Node ${OLDEST_NODE} or newer, and this is Node ${process.versions.node}\n    install the LTS version from https://nodejs.org\n`,
  );
  process.exitCode = 2;
} else {
  void import("./start.ts").then(({ start }) => start());
}
