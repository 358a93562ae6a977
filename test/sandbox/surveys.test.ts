import { describe, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/start-sandbox.ts";
import {
  BOUNDARY,
  filePart,
  folderPart,
  form,
  GIF,
  graphicsUrl,
  openSandbox,
} from "./sandbox-client.ts";

type Parts = Parameters<typeof form>[0];

async function send(sandbox: Sandbox, ...parts: Parts) {
  const answer = await fetch(graphicsUrl(sandbox), {
    method: "POST",
    headers: {
      "x-api-token": sandbox.token,
      "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
    },
    body: new Uint8Array(form(parts)),
  });
  return (await answer.json()) as { result: { id: string }; meta: { warning?: object } };
}

describe("a graphic, where surveys look for it", () => {
  test.each(["/CP/Graphic.php", "/ControlPanel/Graphic.php"])(
    "at %s is there, and 404 once it is deleted",
    async (path) => {
      const sandbox = await openSandbox();
      const { result } = await send(sandbox, filePart("a.gif"), folderPart("X"));
      const url = `${sandbox.url}${path}?IM=${result.id}`;
      const there = await fetch(url);
      expect(there.status).toBe(200);
      expect(there.headers.get("content-type")).toBe("image/gif");
      expect(Buffer.from(await there.arrayBuffer())).toEqual(GIF);
      expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
      const headers = { "x-api-token": sandbox.token };
      await fetch(`${graphicsUrl(sandbox)}/${result.id}`, { method: "DELETE", headers });
      expect((await fetch(url)).status).toBe(404);
      expect((await fetch(url, { method: "HEAD" })).status).toBe(404);
    },
  );
});

describe("the list of names and ids", () => {
  test("holds each library's graphics by name and id, and no markup of theirs", async () => {
    const sandbox = await openSandbox();
    const name = "<script>alert(1)</script> & 'co'.gif";
    const { result } = await send(sandbox, filePart(name));
    const page = await fetch(`${sandbox.url}/sandbox/ids`);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const html = await page.text();
    expect(html).not.toContain("<script");
    expect(html).toContain(
      `<td>&lt;script&gt;alert(1)&lt;/script&gt; &amp; 'co'.gif</td><td>${result.id}</td>`,
    );
    expect(html).toContain(`Graphics of Sandbox User, ${sandbox.library}`);
    expect(html).toContain("no graphics");
    expect(html).not.toContain(sandbox.token);
  });
});

test("a scripted warning stands in meta beside the id", async () => {
  const warning = { code: "OVER_1", message: "there already" };
  const play = { kind: "answer" as const, status: 200, store: true, warning };
  const sandbox = await openSandbox({ script: { version: 1, faults: [{ upload: 2, play }] } });
  expect((await send(sandbox, filePart("a.gif"))).meta.warning).toBeUndefined();
  const { result, meta } = await send(sandbox, filePart("a.gif"));
  expect(result.id).toMatch(/^IM_/);
  expect(meta.warning).toEqual({ warningMessage: "there already", warningCode: "OVER_1" });
});
