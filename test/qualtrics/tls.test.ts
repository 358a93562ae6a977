import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { clientFor, GRAPHIC_ID, LIBRARY, TOKEN, uploadOf } from "./clients.ts";
import { goodBody, startRawServer } from "./raw-server.ts";

const run = promisify(execFile);
const hasOpenssl = await run("openssl", ["version"]).then(
  () => true,
  () => false,
);
const withOpenssl = test.skipIf(!hasOpenssl);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "qgfx-tls-"));
  if (!hasOpenssl) return;
  await makeCertificate();
  await buildClient();
});
afterAll(() => rm(folder, { recursive: true }));

/** `cert.pem` and `key.pem`, self-signed for the name localhost alone. */
async function makeCertificate(): Promise<void> {
  const out = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await run("openssl", ["req", "-x509", "-days", "2", ...key, ...names, ...out]);
}

async function listen(): Promise<{ port: number; requests: () => number }> {
  const [key, cert] = await Promise.all(
    ["key.pem", "cert.pem"].map((name) => readFile(join(folder, name))),
  );
  let requests = 0;
  const server = createServer({ key, cert }, (request, response) => {
    requests++;
    request.resume().on("end", () => response.end(goodBody(GRAPHIC_ID)));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((done) => void server.close(() => done()));
  });
  return { port: (server.address() as AddressInfo).port, requests: () => requests };
}

withOpenssl("a certificate nobody vouches for: nothing was sent", async () => {
  const { port, requests } = await listen();
  expect(await clientFor(`https://localhost:${port}`).upload(uploadOf())).toEqual({
    kind: "not-sent",
    message: "certificate not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)",
    remedy: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    isLasting: true,
  });
  expect(requests()).toBe(0);
});

test("a server that speaks no TLS: nothing was sent", async () => {
  const server = await startRawServer({
    when: "accept",
    act: (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
  });
  onTestFinished(() => server.close());
  const answer = await clientFor(server.url.replace("http:", "https:")).upload(uploadOf());
  expect(answer).toEqual({ kind: "not-sent", message: expect.stringContaining("TLS failed") });
});

// In a process of its own, for Node reads NODE_EXTRA_CA_CERTS once, when it starts.
const ASK = `
import { createClient } from "./qualtrics/client.js";
import { prepareForm } from "./qualtrics/multipart.js";
const [baseUrl, token, library] = process.argv.slice(2);
const client = createClient({ baseUrl, token, library, connections: 1, userAgent: "qgfx/test" });
const fields = { name: "a.png", folder: "F", contentType: "image/png", sizeBytes: 9 };
console.log(JSON.stringify(await client.upload(prepareForm(fields))));
await client.close();
`;

// Held up, by a disk say, from the moment the second request leaves until its answer has long been there.
const ASK_HELD_UP = `
import { createClient } from "./qualtrics/client.js";
import { prepareForm } from "./qualtrics/multipart.js";
const [baseUrl, token, library] = process.argv.slice(2);
const client = createClient({ baseUrl, token, library, connections: 1, userAgent: "qgfx/test" });
const fields = { name: "a.png", folder: "F", contentType: "image/png", sizeBytes: 30_000 };
await client.upload(prepareForm(fields));
const heldUp = new Promise((resolve) => setImmediate(() => {
  resolve(client.upload(prepareForm(fields)));
  for (const endMs = Date.now() + 200; Date.now() < endMs; );
}));
console.log(JSON.stringify(await heldUp));
await client.close();
`;

async function askInProcess(
  host: string,
  env: Record<string, string>,
  program = "ask.js",
): Promise<unknown> {
  const script = join(folder, "out", program);
  const { stdout } = await run(process.execPath, [script, host, TOKEN, LIBRARY], {
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout);
}

withOpenssl(
  "NODE_EXTRA_CA_CERTS adds trust, NODE_TLS_REJECT_UNAUTHORIZED takes none of the checks away",
  async () => {
    const { port, requests } = await listen();
    const trusted = { NODE_EXTRA_CA_CERTS: join(folder, "cert.pem") };
    const [uploaded, otherName, unchecked] = await Promise.all([
      askInProcess(`https://localhost:${port}`, trusted),
      askInProcess(`https://127.0.0.1:${port}`, trusted),
      askInProcess(`https://localhost:${port}`, { NODE_TLS_REJECT_UNAUTHORIZED: "0" }),
    ]);
    expect(uploaded).toMatchObject({ kind: "answered", graphicId: GRAPHIC_ID });
    expect(otherName).toEqual({
      kind: "not-sent",
      message: "certificate is for another host (ERR_TLS_CERT_ALTNAME_INVALID)",
      remedy: "check the host's name",
      isLasting: true,
    });
    expect(unchecked).toEqual({
      kind: "not-sent",
      message: "certificate not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)",
      remedy: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
      isLasting: true,
    });
    expect(requests()).toBe(1);
  },
);

withOpenssl("an answer is not too early because the program was held up", async () => {
  const { port } = await listen();
  const trusted = { NODE_EXTRA_CA_CERTS: join(folder, "cert.pem") };
  const answer = await askInProcess(`https://localhost:${port}`, trusted, "ask-held-up.js");
  expect(answer).toMatchObject({ kind: "answered", graphicId: GRAPHIC_ID });
});

/** The client as JavaScript under `folder`, for a Node that cannot read TypeScript. */
async function buildClient(): Promise<void> {
  const out = join(folder, "out");
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  await symlink(resolve("node_modules"), join(folder, "node_modules"));
  const config = {
    extends: resolve("tsconfig.build.json"),
    compilerOptions: {
      rootDir: resolve("src"),
      outDir: out,
      declaration: false,
      emitDeclarationOnly: false,
      typeRoots: [resolve("node_modules/@types")],
    },
    files: [resolve("src/qualtrics/client.ts")],
    include: [],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  await run(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", folder]);
  await writeFile(join(out, "ask.js"), ASK);
  await writeFile(join(out, "ask-held-up.js"), ASK_HELD_UP);
}
