import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { applyAsIs, TARGET_PATH } from "./contestants.mjs";
import { makePictures, writeManifest } from "./material.mjs";
import { isInstalled, measure } from "./measure.mjs";

const SERVER = fileURLToPath(new URL("limited.mjs", import.meta.url));

/** Runs `use` against a limited service; gives what it measured and what the service saw. */
async function atService(service, use) {
  const child = spawn(process.execPath, [SERVER, JSON.stringify(service)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: port } = await lines.next();
  const measured = await use(`http://127.0.0.1:${port}`);
  child.stdin.end();
  const { value: seen } = await lines.next();
  await once(child, "close");
  return { ...measured, ...JSON.parse(seen) };
}

/** The same uploads by curl, so many at a time; a 429 is tried again after a second. */
function curl(dir, url, paths, level) {
  const transfer = (path, index) =>
    [
      `url = "${url}${TARGET_PATH}"`,
      'header = "X-API-TOKEN: benchtoken"',
      'header = "Expect:"',
      `form = "file=@${path};type=image/png"`,
      'form = "folder=Folder"',
      // curl cannot begin /dev/null anew for another try.
      `output = "answer-${index % 300}.json"`,
      "retry = 100",
      "retry-delay = 1",
    ].join("\n");
  writeFileSync(join(dir, "curl.txt"), paths.map(transfer).join("\nnext\n"));
  const args = ["--silent", "--parallel", "--parallel-max", String(level), "-K", "curl.txt"];
  return measure("curl", args, { cwd: dir });
}

/** The best of several levels; undefined without curl, or where no level brought all rows. */
async function bestCurl(dir, paths, service, levels) {
  const found = [];
  for (const level of isInstalled("curl", "--version") ? levels : []) {
    const theirs = await atService(service, (url) => curl(dir, url, paths, level));
    if (theirs.accepted === paths.length) found.push({ ...theirs, level });
  }
  return found.sort((a, b) => a.wallMs - b.wallMs)[0];
}

const percent = (part) => `${(100 * part).toFixed(1)} %`;
const refusedPart = ({ accepted, refused }) => refused / (accepted + refused);

/** Uploads a millisecond, from the first request to the last: what a longer run comes to. On a line, to the last answer. */
function speedOf({ accepted, firstMs, lastSentMs, lastAnswerMs }, { perMinute }) {
  return perMinute ? (accepted - 1) / (lastSentMs - firstMs) : accepted / (lastAnswerMs - firstMs);
}

function told({ what, count, service, least, mostRefused = 0.005 }, allowed, ours, best) {
  const used = speedOf(ours, service) / allowed;
  const refused = refusedPart(ours);
  const back = service.strayAt ? `, back in ${(ours.backMs / 1000).toFixed(1)} s` : "";
  return [
    {
      what: `${what}, ${count} rows`,
      now: percent(used),
      before: "",
      against: best ? `curl -Z ${best.level}: ${(best.wallMs / ours.wallMs).toFixed(2)} ×` : "",
      aim: `≥ ${100 * least} %`,
      isMet: used >= least && refused <= mostRefused,
    },
    {
      what: `  ${percent(refused)} refused, ${ours.mostUnderWay} under way${back}; whole command`,
      now: percent(count / ours.wallMs / allowed),
      before: "",
      against: best ? `${percent(refusedPart(best))} refused` : "",
      aim: "",
      isMet: undefined,
    },
  ];
}

/** Whole runs without flags against a service with a limit, or a line, and curl at its best level beside it. */
export async function* pace({ root, programs }, cells) {
  for (const given of cells) {
    const cell = { sizeBytes: 30_000, flags: [], levels: [], least: 0.95, ...given };
    const { count, sizeBytes, service, flags, levels } = cell;
    const dir = mkdtempSync(join(root, "pace-"));
    const paths = makePictures(dir, count, sizeBytes);
    writeManifest(join(dir, "m.csv"), paths);
    const ours = await atService(service, (url) => applyAsIs(programs.now, dir, url, flags));
    const best = await bestCurl(dir, paths, service, levels);
    const { perMinute, bytesPerSecond } = service;
    const allowed = perMinute ? perMinute / 60_000 : bytesPerSecond / 1000 / sizeBytes;
    yield* told(cell, allowed, ours, best);
  }
}
