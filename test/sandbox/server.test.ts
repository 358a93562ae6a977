import { createHash, randomBytes } from "node:crypto";
import { Agent } from "node:http";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { startSandbox } from "../../src/sandbox/start-sandbox.ts";
import {
  BOUNDARY,
  exchange,
  filePart,
  folderPart,
  form,
  GIF,
  graphicsUrl,
  heldGraphics,
  heldNames,
  idIn,
  openSandbox,
  postForm,
  requestLog,
  send,
} from "./sandbox-client.ts";

const GROUP = "GR_Sandbox000002";

const FOLDER_AS_FILE = {
  headers: ['Content-Disposition: form-data; name="folder"; filename="folder"'],
  content: "X",
};

describe("an uploaded graphic", () => {
  test("is viewed without a token, byte for byte, as the type it was declared", async () => {
    const sandbox = await openSandbox();
    const bytes = randomBytes(70_000);
    const id = idIn(await postForm(sandbox, [filePart("a.jpg", "Image/JPEG; q=1", bytes)]));
    for (const path of ["ControlPanel", "CP"]) {
      const seen = await send(`${sandbox.url}/${path}/Graphic.php?IM=${id}`);
      expect(seen.status).toBe(200);
      expect(seen.headers["content-type"]).toBe("image/jpeg");
      expect(seen.bytes.equals(bytes)).toBe(true);
    }
  });

  test("is listed with exactly the keys the contract names", async () => {
    const sandbox = await openSandbox();
    const id = idIn(await postForm(sandbox, [filePart("a.gif"), folderPart(" X ")]));
    expect(await heldGraphics(sandbox)).toEqual([
      {
        id,
        libraryId: "UR_Sandbox000001",
        name: "a.gif",
        folder: " X ",
        contentType: "image/gif",
        bytes: GIF.length,
        sha256: createHash("sha256").update(GIF).digest("hex"),
      },
    ]);
  });

  test("gets an id of its own each time, also for the same name and bytes", async () => {
    const sandbox = await openSandbox();
    const sent = Array.from({ length: 50 }, () => postForm(sandbox, [filePart("a.gif")]));
    const ids = (await Promise.all(sent)).map(idIn);
    expect(new Set(ids).size).toBe(50);
    expect((await heldGraphics(sandbox)).map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  test("can go to the group library, with a slash at the end of the path", async () => {
    const sandbox = await openSandbox();
    const seen = await send(`${graphicsUrl({ ...sandbox, library: GROUP })}/`, {
      method: "POST",
      headers: {
        "X-API-TOKEN": sandbox.token,
        "Content-Type": `multipart/form-data; boundary=${BOUNDARY}`,
      },
      body: form([filePart("a.gif")]),
    });
    expect(seen.status).toBe(200);
    expect(await heldGraphics(sandbox)).toMatchObject([{ name: "a.gif", libraryId: GROUP }]);
  });

  test("is gone after it was deleted from its own library", async () => {
    const sandbox = await openSandbox();
    const id = idIn(await postForm(sandbox, [filePart("a.gif")]));
    const remove = (library: string) =>
      send(`${graphicsUrl({ ...sandbox, library })}/${id}`, {
        method: "DELETE",
        headers: { "X-API-TOKEN": sandbox.token },
      });
    expect((await remove(GROUP)).status).toBe(404);
    const seen = await remove(sandbox.library);
    expect(seen.status).toBe(200);
    expect(JSON.parse(seen.text)).toEqual({
      meta: { httpStatus: "200 - OK", requestId: expect.any(String) },
    });
    expect(await heldGraphics(sandbox)).toEqual([]);
    expect((await send(`${sandbox.url}/ControlPanel/Graphic.php?IM=${id}`)).status).toBe(404);
    expect((await remove(sandbox.library)).status).toBe(404);
  });
});

describe("a folder", () => {
  test.each([
    ["comes first and last", [folderPart("X"), filePart("a.gif"), folderPart("Y")], "X"],
    ["is missing", [filePart("a.gif")], "Uncategorized"],
    ["is a file part", [filePart("a.gif"), FOLDER_AS_FILE], "Uncategorized"],
    ["is a file part and a field", [FOLDER_AS_FILE, filePart("a.gif"), folderPart("X")], "X"],
    ["is empty", [filePart("a.gif"), folderPart("")], "Uncategorized"],
    ["is not ASCII", [filePart("a.gif"), folderPart("Größe; „x“ 🎉 \\")], "Größe; „x“ 🎉 \\"],
  ])("that %s", async (_, parts, folder) => {
    const sandbox = await openSandbox();
    await postForm(sandbox, parts);
    expect(await heldGraphics(sandbox)).toMatchObject([{ folder }]);
  });
});

describe("the connection", () => {
  test("is kept for the next request, also after an error", async () => {
    const sandbox = await openSandbox();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    let sockets = 0;
    const createConnection = agent.createConnection.bind(agent);
    agent.createConnection = (...args) => {
      sockets += 1;
      return createConnection(...args);
    };
    const wrong = { headers: { "X-API-TOKEN": "wrong" }, agent };
    expect((await postForm(sandbox, [filePart("a.gif")], { agent })).status).toBe(200);
    expect((await postForm(sandbox, [filePart("b.gif")], wrong)).status).toBe(401);
    expect((await postForm(sandbox, [filePart("c.gif")], { agent })).status).toBe(200);
    expect(sockets).toBe(1);
  });

  test("that is idle does not keep the sandbox from closing", async () => {
    const sandbox = await startSandbox();
    const agent = new Agent({ keepAlive: true });
    await postForm(sandbox, [filePart("a.gif")], { agent });
    await sandbox.close();
    const seen = await send(sandbox.url);
    expect(seen.failed).toBe("ECONNREFUSED");
    agent.destroy();
  });

  test("that sends nothing, or half a body, does not either", async () => {
    const sandbox = await startSandbox();
    const port = Number(new URL(sandbox.url).port);
    const silent = connect(port, "127.0.0.1");
    const halfway = connect(port, "127.0.0.1");
    for (const socket of [silent, halfway]) socket.on("error", () => undefined);
    const path = new URL(graphicsUrl(sandbox)).pathname;
    halfway.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n12345`);
    await expect.poll(async () => (await requestLog(sandbox)).length).toBe(1);
    await sandbox.close();
    expect((await send(sandbox.url)).failed).toBe("ECONNREFUSED");
  });

  test("is not taken from another address of this machine", async () => {
    const sandbox = await openSandbox();
    const { port } = new URL(sandbox.url);
    const seen = await send(`http://127.0.0.2:${port}/`);
    expect(seen.status).toBeUndefined();
  });
});

describe("a Host header", () => {
  test.each([
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example:x@127.0.0.1",
    "192.168.0.1",
    "[::2]",
  ])("of %j gets nothing the sandbox holds, stores nothing and is not logged", async (host) => {
    const sandbox = await openSandbox();
    const id = idIn(await postForm(sandbox, [filePart("a.gif")]));
    const headers = { Host: host, "X-API-TOKEN": sandbox.token };
    const paths = [
      "/",
      "/sandbox/graphics",
      "/sandbox/requests",
      "/API/v3/libraries",
      `/ControlPanel/Graphic.php?IM=${id}`,
    ];
    const seen = await Promise.all(paths.map((path) => send(sandbox.url + path, { headers })));
    seen.push(await postForm(sandbox, [filePart("b.gif")], { headers }));
    for (const { status, text } of seen) {
      expect(status).toBe(421);
      expect(JSON.parse(text).meta.error.errorCode).toBe("ASSUMED_FOREIGN_HOST");
    }
    expect(await heldNames(sandbox)).toEqual(["a.gif"]);
    expect(await requestLog(sandbox)).toHaveLength(1);
  });

  test.each(["localhost", "LocalHost:1", "127.0.0.1", "127.1.2.3:8787", "[::1]", "[::1]:8787"])(
    "of %j is answered",
    async (host) => {
      const { url } = await openSandbox();
      expect((await send(`${url}/sandbox/graphics`, { headers: { Host: host } })).status).toBe(200);
    },
  );

  test("may be missing in HTTP/1.0", async () => {
    const { url } = await openSandbox();
    expect(await exchange(url, "GET /sandbox/graphics HTTP/1.0\r\n\r\n")).toContain(" 200 OK");
  });
});

describe("the request log", () => {
  test("tells what was done with each request of the API, and holds no token", async () => {
    const sandbox = await openSandbox({ token: "canary-token" });
    await postForm(sandbox, [filePart("a.gif"), folderPart("X"), folderPart("Y")]);
    await send(`${sandbox.url}/API/v3/whoami?secret=canary-token`);
    const log = await requestLog(sandbox);
    expect(log).toMatchObject([
      {
        number: 1,
        upload: 1,
        method: "POST",
        path: "/API/v3/libraries/UR_Sandbox000001/graphics",
        parts: [
          { part: "file", understood: "the image 'a.gif', declared as image/gif" },
          { part: "folder", understood: "the folder 'X'" },
          { part: "folder", understood: "came again: ignored (assumed)" },
        ],
        status: 200,
        fault: null,
        graphicId: (await heldGraphics(sandbox))[0]?.id,
      },
      { number: 2, upload: null, path: "/API/v3/whoami", status: 400, graphicId: null },
    ]);
    expect(JSON.stringify(log)).not.toContain("canary");
    const later = await send(`${sandbox.url}/sandbox/requests?after=1`);
    expect(JSON.parse(later.text)).toEqual(log.slice(1));
  });
});

test("an upload whose client leaves half-way stores nothing", async () => {
  const sandbox = await openSandbox();
  const leaving = new AbortController();
  const sent = postForm(sandbox, [filePart("a.gif")], {
    headers: { "Content-Length": "100000" },
    signal: leaving.signal,
  });
  await expect.poll(async () => (await requestLog(sandbox)).length).toBe(1);
  leaving.abort();
  expect((await sent).failed).toBe("ABORT_ERR");
  await postForm(sandbox, [filePart("b.gif")]);
  expect(await heldNames(sandbox)).toEqual(["b.gif"]);
});

test("a port in use is the user's to put right", async () => {
  const sandbox = await openSandbox();
  const port = Number(new URL(sandbox.url).port);
  await expect(startSandbox({ port })).rejects.toMatchObject({
    name: "UserError",
    code: "SANDBOX_CANNOT_LISTEN",
  });
});
