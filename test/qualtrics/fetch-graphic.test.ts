import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import {
  type FetchedGraphic,
  type FetchLimits,
  openGraphicReader,
} from "../../src/qualtrics/fetch-graphic.ts";

const LIMITS = { maxBytes: 1000, baseDeadlineMs: 5_000 };
const PATH = "/ControlPanel/Graphic.php?IM=IM_abcdefghijk";

async function fetchOnce(url: string, limits: FetchLimits): Promise<FetchedGraphic> {
  const reader = openGraphicReader(1, limits);
  onTestFinished(() => reader.close());
  return reader.fetch(url);
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("gives the bytes and the type, and sends no token", async () => {
  const url = await serve((request, response) => {
    expect(request.url).toBe(PATH);
    expect(request.headers).not.toHaveProperty("x-api-token");
    expect(request.headers).not.toHaveProperty("authorization");
    response.writeHead(200, { "content-type": "Image/PNG; charset=x" }).end("bytes");
  });
  const got = await fetchOnce(url + PATH, LIMITS);
  expect(got).toEqual({ kind: "bytes", bytes: Buffer.from("bytes"), contentType: "image/png" });
});

it.each([404, 410])("calls HTTP %d missing", async (httpStatus) => {
  const url = await serve((_, response) => void response.writeHead(httpStatus).end());
  expect(await fetchOnce(url + PATH, LIMITS)).toEqual({ kind: "missing", httpStatus });
});

it.each([403, 500, 503])("does not take HTTP %d for a missing graphic", async (status) => {
  const url = await serve((_, response) => void response.writeHead(status).end());
  const got = await fetchOnce(url + PATH, LIMITS);
  expect(got).toEqual({ kind: "unreachable", message: `HTTP ${status}` });
});

it("does not read a body beyond the cap", async () => {
  const url = await serve((_, response) => void response.end("x".repeat(1001)));
  const got = await fetchOnce(url + PATH, LIMITS);
  expect(got).toMatchObject({
    kind: "unreachable",
    message: expect.stringContaining("answer too long"),
  });
});

it("follows a redirect on the same host", async () => {
  const url = await serve((request, response) => {
    if (request.url === "/there") response.end("bytes");
    else response.writeHead(302, { location: "/there" }).end();
  });
  expect(await fetchOnce(url + PATH, LIMITS)).toMatchObject({ kind: "bytes" });
});

it("follows none to another host, and asks nothing there", async () => {
  let asked = 0;
  const other = await serve((_, response) => {
    asked += 1;
    response.end("bytes");
  });
  const url = await serve((_, response) => {
    response.writeHead(302, { location: other }).end();
  });
  const got = await fetchOnce(url + PATH, LIMITS);
  expect(got).toEqual({
    kind: "unreachable",
    message: `sent on to another host, ${new URL(other).host}`,
  });
  expect(asked).toBe(0);
});

it("gives up on a circle of redirects", async () => {
  const url = await serve((request, response) => {
    response.writeHead(302, { location: request.url }).end();
  });
  const got = await fetchOnce(url + PATH, LIMITS);
  expect(got).toMatchObject({ kind: "unreachable", message: "sent on more than 3 times" });
});

it.each(["file:///etc/passwd", "http://example.com/x", "nonsense", ""])(
  "asks nothing of '%s'",
  async (url) => {
    const got = await fetchOnce(url, LIMITS);
    expect(got).toEqual({ kind: "unreachable", message: `'${url}' is not the URL of a graphic` });
  },
);

it("says that nobody listens", async () => {
  const got = await fetchOnce(`http://127.0.0.1:1${PATH}`, LIMITS);
  expect(got).toMatchObject({ kind: "unreachable" });
});
