import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measure } from "./measure.mjs";

export const BIN = fileURLToPath(new URL("../dist/bin/qgfx.js", import.meta.url));
const LIBRARY = "UR_0123456789abcde";

/** The whole command `qgfx apply`, from nothing recorded to the results CSV. */
export function apply(dir, url, { concurrency, under = [] }) {
  rmSync(join(dir, ".qgfx"), { recursive: true, force: true });
  const limits = ["--concurrency", String(concurrency), "--rate", "10000000"];
  const args = [BIN, "apply", "m.csv", "--yes", "--quiet", ...limits];
  const [program, ...rest] = [...under, process.execPath, ...args];
  const env = {
    QUALTRICS_API_KEY: "benchtoken",
    QUALTRICS_BASE_URL: url,
    QUALTRICS_LIBRARY_ID: LIBRARY,
  };
  return measure(program, rest, { cwd: dir, env });
}

/** Any other qgfx command. */
export function qgfx(dir, ...args) {
  return measure(process.execPath, [BIN, ...args], { cwd: dir });
}

/** `curl --parallel` with one form for each picture. */
export function curl(dir, url, paths, concurrency) {
  const config = join(dir, "curl.txt");
  const target = `${url}/API/v3/libraries/${LIBRARY}/graphics`;
  const forms = paths.map(
    (path) =>
      `url = "${target}"\noutput = /dev/null\nheader = "X-API-TOKEN: benchtoken"\nform = "file=@${path};type=image/png"\nform = "folder=Folder"\n`,
  );
  writeFileSync(config, `parallel\nparallel-max = ${concurrency}\nsilent\n${forms.join("next\n")}`);
  return measure("curl", ["-K", config], { cwd: dir });
}

const REQUESTS = `
import sys, requests
url, token = sys.argv[1], "benchtoken"
session = requests.Session()
for path in open(sys.argv[2]).read().split():
    with open(path, "rb") as picture:
        files = {"file": (path, picture, "image/png"), "folder": (None, "Folder")}
        session.post(url, headers={"X-API-TOKEN": token}, files=files).raise_for_status()
`;

/** Python requests as in the seed thread, one picture after the other, over one connection. */
export function requests(dir, url, paths) {
  const list = join(dir, "paths.txt");
  writeFileSync(list, paths.join("\n"));
  const target = `${url}/API/v3/libraries/${LIBRARY}/graphics`;
  return measure("python3", ["-c", REQUESTS, target, list], { cwd: dir });
}
