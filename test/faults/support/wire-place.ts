import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { Database } from "../../../src/ledger/database.ts";
import { png } from "../../support/pictures.ts";
import { BIN, plainEnv } from "../../support/program.ts";
import { type CliRun, runCli } from "../../support/run-cli.ts";

/** Of a shape of its own, so that it would be found anywhere it does not belong. */
export const TOKEN = "wIrEcAnArY7token7wIrE";
export const LIBRARY = "UR_abcdefghijk";

/** A picture of this size: bytes behind a PNG's end are nobody's business but still sent. */
export function pictureOf(sizeBytes: number, number: number): Buffer {
  const picture = png(number);
  return Buffer.concat([picture, Buffer.alloc(Math.max(0, sizeBytes - picture.length))]);
}

/** An attempt or a graphic as the ledger's tables hold it. */
export type LedgerRow = z.infer<typeof ledgerRowSchema>;

const ledgerRowSchema = z.object({
  name: z.string(),
  folder: z.string(),
  sha256: z.string(),
  result: z.string().nullable(),
  graphicId: z.string().nullable(),
});

/** A folder with a manifest, and qgfx run in it against one server. */
export class WirePlace {
  readonly dir: string = mkdtempSync(join(tmpdir(), "qgfx-wire-"));

  write(path: string, content: string | Uint8Array): void {
    const file = join(this.dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  read(path: string): string {
    return readFileSync(join(this.dir, path), "utf8");
  }

  /** Pictures of 256 KB under these names, and a manifest of them. */
  writeManifest(names: readonly string[], sizeBytes = 262_144): void {
    for (const [index, name] of names.entries()) {
      this.write(`${name}.png`, pictureOf(sizeBytes, index));
    }
    const rows = names.map((name) => `${name}.png,${name},Wire\n`);
    this.write("m.csv", `path,name,folder\n${rows.join("")}`);
  }

  sha256(path: string): string {
    return createHash("sha256")
      .update(readFileSync(join(this.dir, path)))
      .digest("hex");
  }

  env(url: string): Record<string, string> {
    return { QUALTRICS_API_KEY: TOKEN, QUALTRICS_BASE_URL: url, QUALTRICS_LIBRARY_ID: LIBRARY };
  }

  /** In this process. */
  run(url: string, ...args: string[]): Promise<CliRun> {
    return runCli(this.dir, args, this.env(url));
  }

  /** In this process, with more in its environment. */
  runWith(env: Record<string, string>, url: string, ...args: string[]): Promise<CliRun> {
    return runCli(this.dir, args, { ...this.env(url), ...env });
  }

  /** In a process of its own, which trusts `ca` too. */
  spawn(url: string, ca: string, ...args: string[]): Promise<CliRun> {
    const env = plainEnv({ NODE_EXTRA_CA_CERTS: ca, ...this.env(url) });
    return new Promise((done) => {
      const options = { cwd: this.dir, env, timeout: 120_000 };
      const child = execFile(process.execPath, [BIN, ...args], options, (_error, stdout, stderr) =>
        done({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  /** The results CSV, a record each line. */
  results(): Record<string, string>[] {
    return parse(this.read("m.results.csv"), { columns: true });
  }

  /** Every request of an upload. */
  attempts(): LedgerRow[] {
    return this.#select("kind = 'upload' AND started_at IS NOT NULL");
  }

  graphics(): LedgerRow[] {
    return this.#select("state IS NOT NULL");
  }

  /** Files and texts in which the token stands. */
  tokenSightings(runs: readonly CliRun[]): string[] {
    const files = readdirSync(this.dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => readFileSync(file).includes(TOKEN));
    const texts = runs.flatMap(({ stdout, stderr }) => [stdout, stderr]);
    return [...files, ...texts.filter((text) => text.includes(TOKEN))];
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  #select(condition: string): LedgerRow[] {
    const database = new Database(join(this.dir, ".qgfx", "ledger.db"), "rw");
    const sql = `SELECT name, folder, sha256, result, graphic_id AS graphicId FROM attempts
      WHERE ${condition} ORDER BY id`;
    const found = database.all(ledgerRowSchema, sql);
    database.close();
    return found;
  }
}

/** A certificate for `localhost` and `service.test` that vouches for itself; undefined where openssl is missing. */
export function makeCertificate(
  dir: string,
): { key: string; cert: string; ca: string } | undefined {
  const file = (name: string) => join(dir, name);
  const subject = [
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost,DNS:service.test",
  ];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const out = ["-keyout", file("key.pem"), "-out", file("cert.pem")];
  try {
    execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, ...subject, ...out], {
      stdio: "ignore",
    });
  } catch {
    return undefined;
  }
  const [keyPem, cert] = ["key.pem", "cert.pem"].map((name) => readFileSync(file(name), "utf8"));
  return { key: keyPem ?? "", cert: cert ?? "", ca: file("cert.pem") };
}
