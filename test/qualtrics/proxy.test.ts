import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { openNetwork } from "../../src/qualtrics/network.ts";
import { makeCertificate, TOKEN, WirePlace } from "../faults/support/wire-place.ts";
import { WireServer } from "../faults/support/wire-server.ts";
import { firstOf } from "../support/counts.ts";
import { TestProxy } from "../support/proxy.ts";

const dir = mkdtempSync(join(tmpdir(), "qgfx-proxy-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const tls = makeCertificate(dir);

/** A service by TLS under a name that is not loopback, a proxy that leads to it, and a folder with three pictures. */
async function open(isTls = true) {
  const server = new WireServer({ faultFor: () => undefined, ...(isTls && tls && { tls }) });
  await server.listen();
  const proxy = new TestProxy();
  await proxy.listen();
  const place = new WirePlace();
  place.writeManifest(["A", "B", "C"], 20_000);
  onTestFinished(() => {
    server.close();
    proxy.close();
    place.remove();
  });
  const url = server.url.replace("localhost", "service.test");
  const trust: Record<string, string> = { SSL_CERT_FILE: tls?.ca ?? "" };
  const apply = (env: Record<string, string>) =>
    place.runWith(
      { ...trust, ...env },
      url,
      "apply",
      "m.csv",
      "--yes",
      "--concurrency",
      "1",
      "--sample",
      "0",
    );
  const statuses = () => place.results().map(({ status }) => status);
  return { server, proxy, place, url, apply, statuses };
}

describe.skipIf(!tls)("through a proxy", () => {
  it.each(firstOf(2, ["HTTPS_PROXY", "ALL_PROXY", "https_proxy", "HTTP_PROXY"]))(
    "that %s names, all is sent by a tunnel that sees no token",
    async (name) => {
      const { server, proxy, apply, statuses } = await open();
      const { code, stderr } = await apply({ [name]: proxy.url });
      expect(code, stderr).toBe(0);
      expect(statuses()).toEqual(["uploaded", "uploaded", "uploaded"]);
      expect(server.received).toHaveLength(3);
      expect(new Set(proxy.asked)).toEqual(new Set([`service.test:${new URL(server.url).port}`]));
      expect(proxy.plain).toEqual([]);
    },
  );

  it("with a user and a password, which nobody else sees", async () => {
    const { proxy, place, apply } = await open();
    proxy.manner = { kind: "tunnel", credentials: "me:p@ss word" };
    const named = proxy.url.replace("http://", "http://me:p%40ss%20word@");
    const { code, stdout, stderr } = await apply({ HTTPS_PROXY: named });
    expect(code, stderr).toBe(0);
    expect(stdout + stderr + place.read("m.results.csv")).not.toMatch(/p(%40|@)ss/);
  });

  it.each([
    [407, "user:password@"],
    [403, "NO_PROXY"],
  ])("that answers %i, nothing is sent and nothing is tried again", async (status, said) => {
    const { server, proxy, apply, statuses } = await open();
    proxy.manner = { kind: "refuse", status };
    const { code, stderr } = await apply({ HTTPS_PROXY: proxy.url });
    expect(code).toBe(3);
    expect(stderr).toContain(`proxy ${new URL(proxy.url).host}`);
    expect(stderr).toContain(said);
    expect(statuses()).toEqual(["not-run", "not-run", "not-run"]);
    expect(proxy.asked).toHaveLength(1);
    expect(server.connections).toBe(0);
  });

  it.each(firstOf(1, [{ kind: "hang-up" }, { kind: "refuse", status: 502 }] as const))(
    "that makes no tunnel ($kind), the run stops after five tries, nothing sent",
    { timeout: 90_000 },
    async (manner) => {
      const { server, proxy, apply, statuses } = await open();
      proxy.manner = manner;
      const { code, stderr } = await apply({ HTTPS_PROXY: proxy.url });
      expect(code).toBe(3);
      expect(stderr).toContain(`proxy ${new URL(proxy.url).host}`);
      expect(statuses()).toEqual(["not-run", "not-run", "not-run"]);
      expect(proxy.asked).toHaveLength(5);
      expect(server.connections).toBe(0);
    },
  );

  it("that is dead, the message names it", { timeout: 90_000 }, async () => {
    const { proxy, apply } = await open();
    const { url } = proxy;
    proxy.close();
    const { code, stderr } = await apply({ HTTPS_PROXY: url });
    expect(code).toBe(3);
    expect(stderr).toContain(`proxy ${new URL(url).host}: connection refused`);
    expect(stderr).toContain("check the proxy (HTTPS_PROXY");
    expect(stderr).not.toContain("--host");
  });

  it("that breaks in the midst of a picture, its row is unknown", async () => {
    const { proxy, apply, statuses } = await open();
    proxy.manner = { kind: "break", afterBytes: 15_000 };
    const { code } = await apply({ HTTPS_PROXY: proxy.url });
    expect(code).toBe(5);
    expect(statuses()).toEqual(["unknown", "unknown", "unknown"]);
  });

  it("a certificate that nobody vouches for names NODE_EXTRA_CA_CERTS, and is not tried again", async () => {
    const { server, proxy, apply, statuses } = await open();
    const { code, stderr } = await apply({ HTTPS_PROXY: proxy.url, SSL_CERT_FILE: "" });
    expect(code).toBe(3);
    expect(stderr).toContain("certificate not trusted");
    expect(stderr).toContain("NODE_EXTRA_CA_CERTS");
    expect(statuses()).toEqual(["not-run", "not-run", "not-run"]);
    expect(proxy.asked).toHaveLength(1);
    expect(server.received).toEqual([]);
  });

  it("whoami and doctor go the same way, and say so", async () => {
    const { proxy, place, url, server } = await open();
    const env = { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: tls?.ca ?? "" };
    const { stdout } = await place.runWith(env, url, "doctor");
    expect(stdout).toContain(`answers through the proxy ${new URL(proxy.url).host}`);
    await place.runWith(env, url, "whoami");
    expect(server.connections).toBeGreaterThan(1);
    expect(proxy.plain).toEqual([]);
  });
});

it("loopback is never asked through a proxy", async () => {
  const { server, proxy, place } = await open(false);
  const env = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, ALL_PROXY: proxy.url };
  const { code } = await place.runWith(env, server.url, "apply", "m.csv", "--yes");
  expect(code).toBe(0);
  expect(proxy.asked).toEqual([]);
  expect(proxy.plain).toEqual([]);
});

describe("NO_PROXY", () => {
  const network = (noProxy: string) =>
    openNetwork({ HTTPS_PROXY: "proxy.corp:3128", NO_PROXY: noProxy });
  it.each([
    ["qualtrics.com", true],
    [".qualtrics.com", true],
    ["*.qualtrics.com", true],
    ["a.example, fra1.qualtrics.com", true],
    ["FRA1.qualtrics.com:443", true],
    ["*", true],
    ["fra1.qualtrics.com:8443", false],
    ["ualtrics.com", false],
    ["", false],
  ])("'%s'", (noProxy, isDirect) => {
    expect(network(noProxy).proxyFor("https://fra1.qualtrics.com") === undefined).toBe(isDirect);
  });
});

describe("what cannot be used is named, and not repeated:", () => {
  it.each([
    [{ HTTPS_PROXY: "socks5://me:secret@host:1080" }, "HTTPS_PROXY"],
    [{ ALL_PROXY: "socks5h://me:secret@host" }, "ALL_PROXY"],
    [{ https_proxy: "http://me:secret@" }, "https_proxy"],
    [{ SSL_CERT_FILE: "/nowhere/secret.pem" }, "SSL_CERT_FILE"],
  ])("%j", async (env, name) => {
    const { place, server } = await open(false);
    const url = server.url.replace(/^http:/, "https:");
    const { code, stderr } = await place.runWith(env, url, "whoami");
    expect(code).toBe(2);
    expect(stderr).toContain(name);
    expect(stderr).not.toContain("secret");
    expect(stderr).not.toContain(TOKEN);
  });
});

it("SSL_CERT_FILE is not read where nothing is asked by https", async () => {
  const { place, server } = await open(false);
  const env = { SSL_CERT_FILE: "/nowhere.pem" };
  const { code, stderr } = await place.runWith(env, server.url, "apply", "m.csv", "--yes");
  expect(code, stderr).toBe(0);
});
