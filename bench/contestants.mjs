import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isInstalled, measure } from "./measure.mjs";

const TREE = fileURLToPath(new URL("..", import.meta.url));
const LIBRARY = "UR_0123456789abcde";
export const CONCURRENCY = 8;
const AS_BEFORE = ["--concurrency", String(CONCURRENCY), "--rate", "10000000"];

/** The program of this checkout, or of another one that was built (`--against=DIR`). */
export function programOf(tree = TREE) {
  return join(tree, "dist/bin/qgfx.js");
}

/** Any qgfx command. */
export function qgfx(program, dir, ...args) {
  return measure(process.execPath, [program, ...args], { cwd: dir });
}

/** The whole command `qgfx apply`, from nothing recorded to the results CSV. */
export function apply(program, dir, url, { limits = AS_BEFORE, under = [] } = {}) {
  rmSync(join(dir, ".qgfx"), { recursive: true, force: true });
  rmSync(join(dir, "m.results.csv"), { force: true });
  const args = [program, "apply", "m.csv", "--yes", "--quiet", ...limits];
  const [first, ...rest] = [...under, process.execPath, ...args];
  const env = {
    // Certificates for a service without TLS: a quarter of a second for each command.
    SSL_CERT_FILE: "",
    QUALTRICS_API_KEY: "benchtoken",
    QUALTRICS_BASE_URL: url,
    QUALTRICS_LIBRARY_ID: LIBRARY,
  };
  return measure(first, rest, { cwd: dir, env });
}

/** Where uploads go at a service. */
export const TARGET_PATH = `/API/v3/libraries/${LIBRARY}/graphics`;

/** `qgfx apply` with nothing said of its pace but what `flags` say. */
export function applyAsIs(program, dir, url, flags) {
  return apply(program, dir, url, { limits: flags });
}

/** What names the same library in a plan. */
export function targetOf(url) {
  return ["--host", url, "--library", LIBRARY];
}

const REQUESTS = `
import sys, requests
url, token = sys.argv[1], "benchtoken"
session = requests.Session()
for path in open(sys.argv[2]).read().split():
    with open(path, "rb") as image:
        files = {"file": (path, image, "image/png"), "folder": (None, "Folder")}
        session.post(url, headers={"X-API-TOKEN": token}, files=files).raise_for_status()
`;

/** A Python that has requests; undefined where there is none. */
export function pythonWithRequests() {
  return ["python3", "/usr/bin/python3"].find((python) =>
    isInstalled(python, "-c", "import requests"),
  );
}

/** Python requests as in the seed thread, one image after the other, over one connection. */
export function requests(python, dir, url, paths) {
  const list = join(dir, "paths.txt");
  writeFileSync(list, paths.join("\n"));
  return measure(python, ["-c", REQUESTS, url + TARGET_PATH, list], { cwd: dir });
}
