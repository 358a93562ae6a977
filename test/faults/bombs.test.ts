import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BIN, plainEnv } from "../support/program.ts";
import { isShort, tell } from "./support/programme.ts";
import { BOMBS, type Bomb } from "./support/wire-bombs.ts";

const LIMITS = { cpuS: 5, rssMb: 512 };

/** Notes what the process used, as it ends. */
const METER = `
import { writeFileSync } from "node:fs";
process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const usage = { rssMb: maxRSS / 1024, cpuS: (userCPUTime + systemCPUTime) / 1e6 };
  writeFileSync(process.env.METER_FILE, JSON.stringify(usage));
});
`;

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "qgfx-bombs-"));
  writeFileSync(join(root, "meter.mjs"), METER);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Blast {
  code: number | null;
  stdout: string;
  stderr: string;
  wallS: number;
  rssMb: number;
  cpuS: number;
}

function setOff({ options = [] }: Bomb, dir: string, manifest: string): Promise<Blast> {
  const meterFile = join(dir, "meter.json");
  const args = [
    "--import",
    join(root, "meter.mjs"),
    BIN,
    "validate",
    manifest,
    "--quiet",
    ...options,
  ];
  const env = plainEnv({ METER_FILE: meterFile });
  const startMs = performance.now();
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd: dir, env, timeout: 300_000, maxBuffer: 1 << 30 },
      (_error, stdout, stderr) => {
        const wallS = (performance.now() - startMs) / 1000;
        done({ code: child.exitCode, stdout, stderr, wallS, ...readMeter(meterFile) });
      },
    );
  });
}

function readMeter(file: string): Pick<Blast, "rssMb" | "cpuS"> {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // Killed before it could say.
    return { rssMb: Number.NaN, cpuS: Number.NaN };
  }
}

// CI sets off every eighth; the time is the processor's, for other work may share the machine.
const chosen = BOMBS.filter((_, index) => !isShort || index % 8 === 0);

test.each(chosen)("$name: a clear error within its limits of time and memory", async (bomb) => {
  const dir = mkdtempSync(join(root, "bomb-"));
  const blast = await setOff(bomb, dir, bomb.make(dir));
  rmSync(dir, { recursive: true, force: true });
  tell(`bomb, ${bomb.name}`, {
    exit: String(blast.code),
    "cpu s": blast.cpuS.toFixed(2),
    "wall s": blast.wallS.toFixed(2),
    "RSS MB": Math.round(blast.rssMb),
  });
  const said = `${blast.stdout.slice(0, 2_000)}${blast.stderr.slice(0, 2_000)}`;
  expect(blast.code, said).toBe(2);
  const text = blast.stdout + blast.stderr;
  const line = text.split("\n").find((one) => bomb.code !== undefined && one.includes(bomb.code));
  expect(line, said).toBeDefined();
  if (bomb.isLocated) expect(line).toMatch(/bomb\.(csv|yaml):\d+/);
  const { cpuS, rssMb } = LIMITS;
  expect(blast.cpuS).toBeLessThan(cpuS);
  expect(blast.rssMb).toBeLessThan(rssMb);
});
