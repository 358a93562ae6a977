import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ask, makeDirectory, OpenPage, openPage, serve } from "../support/open-page.ts";
import { sheetOf } from "../support/open-sheet.ts";
import { png } from "../support/pictures.ts";

/** Everything that a page can be asked from another place for. */
const READS = ["state", "start", "sheet", "validation", "plan", "results", "history", "events"];

describe("another page", () => {
  it("reads nothing, with the cookie that the browser sends along", async () => {
    const { page } = await openPage(sheetOf(1));
    await page.post("open", { file: "m.csv" });
    for (const site of ["same-site", "cross-site", "none", undefined]) {
      const { "sec-fetch-site": _, ...rest } = page.headers;
      const headers = site === undefined ? rest : { ...rest, "sec-fetch-site": site };
      for (const path of [...READS, "picture/1"]) {
        const { status } = await ask(page.port, `/api/${path}`, { headers });
        expect([site, path, status]).toEqual([site, path, 403]);
      }
    }
    // Typed into the address bar, the page itself is shown.
    const typed = { ...page.headers, "sec-fetch-site": "none" };
    expect((await ask(page.port, "/", { headers: typed })).status).toBe(200);
    const linked = { ...page.headers, "sec-fetch-site": "cross-site" };
    expect((await ask(page.port, "/", { headers: linked })).status).toBe(403);
  });

  it("changes nothing: a POST needs our own origin, and JSON", async () => {
    const { page, server } = await openPage(sheetOf(1));
    const body = JSON.stringify({ file: "m.csv" });
    const own = `http://127.0.0.1:${page.port}`;
    const json = { "content-type": "application/json" };
    const tries: Record<string, string>[] = [
      json,
      { ...json, origin: "null" },
      { ...json, origin: "https://evil.example" },
      { ...json, origin: `http://127.0.0.1:${page.port + 1}` },
      { ...json, origin: `http://localhost:${page.port}` },
      { ...json, origin: own, "sec-fetch-site": "same-site" },
      { origin: own, "content-type": "text/plain" },
      { origin: own, "content-type": "application/x-www-form-urlencoded" },
      { origin: own, "content-type": "multipart/form-data; boundary=x" },
      { origin: own },
    ];
    for (const more of tries) {
      const headers = { ...page.headers, ...more };
      const { status } = await ask(page.port, "/api/open", { method: "POST", headers, body });
      expect([more, status]).toEqual([more, expect.toSatisfy((code) => [403, 415].includes(code))]);
    }
    expect(server.workspace.openPath).toBeUndefined();
  });

  it("under another name for this computer gets nothing (DNS rebinding)", async () => {
    const { page, server } = await openPage(makeDirectory());
    const { pathname, search } = new URL(server.url);
    const names = [
      `evil.example:${page.port}`,
      "127.0.0.1",
      `localhost:${page.port}`,
      `127.0.0.1:${page.port + 1}`,
      `[::1]:${page.port}`,
      `127.0.0.1:${page.port}.evil.example`,
    ];
    for (const host of names) {
      const headers = { ...page.headers, host };
      for (const path of ["/", "/api/state", "/alive", pathname + search]) {
        const { status, headers: given } = await ask(page.port, path, { headers });
        expect([host, path, status]).toEqual([host, path, expect.toSatisfy((c) => c >= 400)]);
        expect(given["set-cookie"]).toBeUndefined();
      }
    }
  });
});

describe("the secret", () => {
  it("is needed, whole, under the name of this port", async () => {
    const { page, server } = await openPage(sheetOf(1));
    const { secret, port } = server;
    const cookies = [
      "",
      `qgfx-${port}=`,
      `qgfx-${port}=${secret.slice(1)}`,
      `qgfx-${port}=${secret}x`,
      `qgfx-${port + 1}=${secret}`,
      `QGFX-${port}=${secret}`,
      `a=qgfx-${port}=${secret}`,
    ];
    for (const cookie of cookies) {
      const headers = { ...page.headers, cookie };
      expect([cookie, (await ask(port, "/api/state", { headers })).status]).toEqual([cookie, 401]);
    }
    const several = { ...page.headers, cookie: `a=b; qgfx-${port}=x; qgfx-${port}=${secret}` };
    expect((await ask(port, "/api/state", { headers: several })).status).toBe(200);
    const wrong = await ask(port, `/?k=${secret.slice(0, -1)}`);
    expect(wrong.status).toBe(403);
    expect(wrong.headers["set-cookie"]).toBeUndefined();
  });

  it("of one server opens no other", async () => {
    const [first, second] = [await serve(makeDirectory()), await serve(makeDirectory())];
    const page = await OpenPage.enter(first.url);
    const stranger = new OpenPage(second.port, page.cookie);
    expect((await stranger.get("state")).status).toBe(401);
    expect((await ask(second.port, `/?k=${first.secret}`)).status).toBe(403);
  });

  it("is in no answer, and the key that a browser is started with works once", async () => {
    const { page, server } = await openPage(sheetOf(1));
    const { onceUrl, secret, port } = server;
    expect(onceUrl).not.toContain(secret);
    const { pathname, search } = new URL(onceUrl);
    expect((await ask(port, pathname + search)).headers["set-cookie"]).toHaveLength(1);
    expect((await ask(port, pathname + search)).status).toBe(403);
    const forged = `/?k=abc.${Date.now() + 60_000}.${secret}`;
    expect((await ask(port, forged)).status).toBe(403);
    await page.post("open", { file: "m.csv" });
    for (const path of READS.filter((one) => one !== "events")) {
      expect((await page.get(path)).body.toString()).not.toContain(secret);
    }
    expect((await ask(port, "/alive?challenge=x")).body.toString()).not.toContain(secret);
  });
});

describe("paths", () => {
  it("never leave the directory that was opened", async () => {
    const parent = makeDirectory();
    const directory = join(parent, "inside");
    mkdirSync(join(directory, ".qgfx"), { recursive: true });
    writeFileSync(join(parent, "secret.csv"), "path\nsun.png\n");
    writeFileSync(join(directory, ".qgfx/own.csv"), "path\nsun.png\n");
    writeFileSync(join(directory, "m.csv"), "path\nsun.png\n");
    symlinkSync(join(parent, "secret.csv"), join(directory, "link.csv"));
    symlinkSync(parent, join(directory, "up"));
    const { page, server } = await openPage(directory);
    const names = [
      "../secret.csv",
      join(parent, "secret.csv"),
      "/etc/passwd",
      "link.csv",
      "up/secret.csv",
      "inside/../../secret.csv",
      ".qgfx/own.csv",
      "x/../.qgfx/own.csv",
      "m.csv\u0000.png",
      "..\\secret.csv",
    ];
    for (const file of names) {
      const { status } = await page.post("open", { file });
      expect([file, status]).toEqual([file, expect.toSatisfy((c) => c === 422 || c === 404)]);
    }
    for (const name of ["..", "up", "/", ".qgfx", "m.csv"]) {
      const { status } = await page.post("open", { directory: name });
      expect([name, status]).toEqual([name, expect.toSatisfy((c) => c === 422 || c === 404)]);
    }
    expect(server.workspace.openPath).toBeUndefined();
    expect(existsSync(join(parent, "inside.csv"))).toBe(false);
    for (const path of [
      "/api/../../etc/passwd",
      "/etc/passwd",
      "/api/picture/../../m.csv",
      "//m.csv",
    ]) {
      const { status } = await ask(page.port, path, { headers: page.headers });
      expect([path, status]).toEqual([path, 404]);
    }
  });
});

describe("bodies", () => {
  it("that are too large, no JSON, or something else are refused, and the server goes on", async () => {
    const { page } = await openPage(sheetOf(1));
    const large = JSON.stringify({ file: "x".repeat(100_000) });
    expect((await page.send("open", "application/json", large)).status).toBe(413);
    const bodies = ["", "{", "[]", "null", '{"file":1}', '{"file":"m.csv","more":1}', '"m.csv"'];
    for (const body of bodies) {
      expect([body, (await page.send("open", "application/json", body)).status]).toEqual([
        body,
        400,
      ]);
    }
    expect((await page.post("open", JSON.parse('{"__proto__":{"file":"m.csv"}}'))).status).toBe(
      400,
    );
    for (const path of ["constructor", "__proto__", "toString", ""]) {
      expect([path, (await page.post(path)).status]).toEqual([path, 404]);
    }
    expect((await page.get("state")).status).toBe(200);
  });

  it("that do not come are not waited for", async () => {
    const { page } = await openPage(makeDirectory(), { requestMs: 300 });
    const begin = (text: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(page.port, "127.0.0.1", () => socket.write(text));
        let said = "";
        socket.on("data", (part) => {
          said += part;
        });
        socket.on("close", () => resolve(said));
        socket.on("error", reject);
      });
    const own = [
      `Host: 127.0.0.1:${page.port}`,
      `Cookie: ${page.cookie}`,
      "Sec-Fetch-Site: same-origin",
      `Origin: http://127.0.0.1:${page.port}`,
      "Content-Type: application/json",
      "Content-Length: 100",
    ].join("\r\n");
    const texts = ["GET / HTTP/1.1\r\nHost: x", `POST /api/open HTTP/1.1\r\n${own}\r\n\r\n{"fi`];
    for (const said of await Promise.all(texts.map(begin))) {
      expect(said).toMatch(/^(HTTP\/1.1 408|$)/);
    }
    const nameless = `GET /api/state HTTP/1.1\r\n${own.replace(/Host: .*/, "Host:")}\r\nConnection: close\r\n\r\n`;
    expect(await begin(nameless)).toMatch(/^HTTP\/1.1 (403|400)/);
    const twice = `GET /api/state HTTP/1.1\r\nHost: evil.example\r\n${own}\r\n\r\n`;
    expect(await begin(twice)).toMatch(/^HTTP\/1.1 (403|400)/);
    const absolute = `GET http://evil.example/api/state HTTP/1.1\r\n${own}\r\nConnection: close\r\n\r\n`;
    expect(await begin(absolute)).toMatch(/^HTTP\/1.1 (403|400)/);
    expect((await page.get("state")).status).toBe(200);
  });
});

describe("a stranger's sheet", () => {
  it("full of script and formulas stays data", async () => {
    const directory = makeDirectory();
    const script = "</script><img src=x onerror=alert(1)>";
    writeFileSync(join(directory, "sun.png"), png(1));
    const rows = [`sun.png,"${script}",=cmd|' /C calc'!A0`, `sun.png,+1+1,"${script}"`];
    writeFileSync(join(directory, "m.csv"), `path,name,"${script}"\n${rows.join("\n")}\n`);
    const { page } = await openPage(directory);
    const events = page.listen();
    const opened = await page.post("open", { file: "m.csv" });
    expect(opened.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "x-content-type-options": "nosniff",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
    });
    expect(opened.json.columns[2].header).toBe(script);
    await events.next("plan");
    // The page is the same whatever the sheet says: data comes as JSON alone.
    const { body } = await ask(page.port, "/", { headers: page.headers });
    expect(body.toString()).not.toContain("onerror=alert");
    expect(readFileSync(join(directory, "m.csv"), "utf8")).toContain("=cmd|");
  });
});
