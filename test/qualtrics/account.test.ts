import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { UserError } from "../../src/user-error.ts";
import { clientFor, TOKEN } from "./clients.ts";

/** A service that gives the listed answers in turn, the last one again and again. */
async function serve(
  ...answers: { status?: number; body: unknown; headers?: Record<string, string> }[]
): Promise<{ url: string; paths: string[] }> {
  const paths: string[] = [];
  const url = await listen((request, response) => {
    paths.push(request.url ?? "");
    expect(request.headers["x-api-token"]).toBe(TOKEN);
    const { status, body, headers } = answers[Math.min(paths.length, answers.length) - 1] ?? {
      body: "",
    };
    response.writeHead(status ?? 200, headers);
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  return { url, paths };
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function errorOf(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof UserError) return error;
  throw new Error("expected a UserError", { cause: error });
}

const ME = {
  brandId: "brand",
  userId: "UR_abcdefghijk",
  userName: "me#brand",
  accountType: "UT_BRANDADMIN",
  firstName: "M",
  lastName: "E",
  email: "me@example.org",
  datacenter: "fra1",
};

test("whoami tells whose token it is", async () => {
  const { url, paths } = await serve({ body: { result: { ...ME, more: 1 }, meta: {} } });
  expect(await clientFor(url).whoami()).toEqual(ME);
  expect(paths).toEqual(["/API/v3/whoami"]);
});

test("what whoami leaves out is null", async () => {
  const { url } = await serve({ body: { result: { userId: "UR_abcdefghijk", email: null } } });
  expect(await clientFor(url).whoami()).toMatchObject({
    userId: "UR_abcdefghijk",
    email: null,
    brandId: null,
  });
});

test("the notice of a proxied question is passed on", async () => {
  const notice =
    "Request proxied. For faster response times, use this host instead: x.qualtrics.com";
  const { url } = await serve({ body: { result: ME, meta: { notice } } });
  const notices: string[] = [];
  await clientFor(url, { onNotice: (text) => notices.push(text) }).whoami();
  expect(notices).toEqual([notice]);
});

test("a refused token: exit code 8, with the service's code, message and request id", async () => {
  const meta = {
    httpStatus: "401 - Unauthorized",
    error: { errorMessage: "Unrecognized X-API-TOKEN.", errorCode: "DCD_7" },
    requestId: "7a009aca",
  };
  const { url, paths } = await serve({ status: 401, body: { meta } });
  const error = await errorOf(clientFor(url).whoami());
  expect(error).toMatchObject({ code: "TOKEN_REFUSED", exitCode: 8 });
  expect(error.message).toBe(
    `${url} refused: HTTP 401 DCD_7: Unrecognized X-API-TOKEN. (request id 7a009aca)`,
  );
  expect(error.hint).toContain("QUALTRICS_API_KEY");
  expect(paths).toHaveLength(1);
});

test.each([
  [403, "TOKEN_REFUSED", 8],
  [404, "SERVICE_REFUSED", 8],
  [302, "SERVICE_REFUSED", 8],
  [500, "SERVICE_REFUSED", 8],
])("status %i is %s with exit code %i", async (status, code, exitCode) => {
  const { url } = await serve({ status, body: "", headers: { location: "http://127.0.0.1:1/" } });
  expect(await errorOf(clientFor(url).whoami())).toMatchObject({ code, exitCode });
});

test("questions may be asked again: 500, 429, then the answer", async () => {
  const { url, paths } = await serve(
    { status: 500, body: "" },
    { status: 429, body: "", headers: { "retry-after": "0" } },
    { body: { result: ME } },
  );
  expect(await clientFor(url).whoami()).toEqual(ME);
  expect(paths).toHaveLength(3);
});

test("a service that asks for a long wait is not asked again: the hint names the wait", async () => {
  const { url, paths } = await serve({ status: 429, body: "", headers: { "retry-after": "90" } });
  const error = await errorOf(clientFor(url).whoami());
  expect(error).toMatchObject({ exitCode: 8, hint: "try again in 90 s" });
  expect(paths).toHaveLength(1);
});

test("a service that cannot be reached: exit code 2, naming the host", async () => {
  const { url } = await serve({ body: "" });
  const gone = url.replace(/\d+$/, "1");
  const error = await errorOf(clientFor(gone).whoami());
  expect(error).toMatchObject({ code: "SERVICE_UNREACHABLE", exitCode: 2 });
  expect(error.message).toBe(`cannot reach ${gone}: connection refused (ECONNREFUSED)`);
});

test.each([
  "<html>login</html>",
  "",
  "[]",
  "{}",
  '{"result":{}}',
  '{"result":{"elements":"none"}}',
  '{"result":{"elements":[{"id":1}],"nextPage":null}}',
  '{"result":{"elements":[],"nextPage":"/relative"}}',
])("the answer %j is not the API's", async (body) => {
  const { url } = await serve({ body });
  for (const asked of [clientFor(url).whoami(), clientFor(url).libraries()]) {
    expect(await errorOf(asked)).toMatchObject({ code: "ANSWER_UNREADABLE", exitCode: 2 });
  }
});

test("libraries follows nextPage on the same host to the end", async () => {
  const paths: string[] = [];
  const url = await listen((request, response) => {
    paths.push(request.url ?? "");
    const offset = Number(new URL(request.url ?? "", url).searchParams.get("offset") ?? 0);
    const elements = [
      { libraryId: `UR_${offset}`, libraryName: `Library ${offset}` },
      { libraryId: "GR_x" },
    ];
    const nextPage = offset < 20 ? `${url}/API/v3/libraries?offset=${offset + 10}` : null;
    response.end(JSON.stringify({ result: { elements, nextPage }, meta: {} }));
  });
  const libraries = await clientFor(url).libraries();
  expect(libraries).toHaveLength(6);
  expect(libraries[0]).toEqual({ libraryId: "UR_0", libraryName: "Library 0" });
  expect(libraries[1]).toEqual({ libraryId: "GR_x", libraryName: "" });
  expect(paths).toEqual([
    "/API/v3/libraries",
    "/API/v3/libraries?offset=10",
    "/API/v3/libraries?offset=20",
  ]);
});

test("libraries does not take the token to another host", async () => {
  const other = await serve({ body: "" });
  for (const nextPage of [
    `${other.url}/API/v3/libraries?offset=10`,
    "https://fra1.qualtrics.com/API/v3/libraries",
    "file:///etc/passwd",
  ]) {
    const { url } = await serve({ body: { result: { elements: [], nextPage } } });
    const error = await errorOf(clientFor(url).libraries());
    expect(error).toMatchObject({ code: "NEXT_PAGE_ELSEWHERE", exitCode: 8 });
  }
  expect(other.paths).toEqual([]);
});

test("a list of libraries that goes round in a circle is stopped", async () => {
  const url = await listen((_request, response) => {
    const nextPage = `${url}/API/v3/libraries?offset=10`;
    response.end(JSON.stringify({ result: { elements: [], nextPage } }));
  });
  expect(await errorOf(clientFor(url).libraries())).toMatchObject({ code: "LIST_ENDLESS" });
});

test("a list of libraries that never ends is stopped", async () => {
  let offset = 0;
  const url = await listen((_request, response) => {
    const nextPage = `${url}/API/v3/libraries?offset=${++offset}`;
    response.end(JSON.stringify({ result: { elements: [], nextPage } }));
  });
  expect(await errorOf(clientFor(url).libraries())).toMatchObject({ code: "LIST_ENDLESS" });
});

test("a client is not made with a token that fits no header", () => {
  expect(() => clientFor("http://127.0.0.1:1", { token: "a\r\nb" })).toThrow(UserError);
});
