import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import type { Answer } from "../../src/execute/outcome.ts";
import { readUpload } from "../../src/qualtrics/read-answer.ts";
import { clientFor, GRAPHIC_ID, LIBRARY, TOKEN, uploadOf } from "./clients.ts";
import { goodBody } from "./raw-server.ts";

type Headers = Record<string, string | string[]>;

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** What the client makes of one answer. */
async function answerTo(status: number, body: string, headers: Headers = {}): Promise<Answer> {
  const url = await listen(async (request, response) => {
    await read(request);
    response.writeHead(status, headers).end(body);
  });
  return clientFor(url).upload(uploadOf());
}

test("a good upload: the request the service takes, and the id from its answer", async () => {
  const seen: { request: IncomingMessage; body: Buffer }[] = [];
  const url = await listen(async (request, response) => {
    seen.push({ request, body: await read(request) });
    response.end(goodBody(GRAPHIC_ID));
  });
  expect(await clientFor(url).upload(uploadOf())).toEqual({
    kind: "answered",
    httpStatus: 200,
    graphicId: GRAPHIC_ID,
    retryAfterMs: null,
    error: null,
    notice: null,
    warning: null,
  });
  const [{ request, body } = { request: undefined, body: Buffer.alloc(0) }] = seen;
  expect(request?.method).toBe("POST");
  expect(request?.url).toBe(`/API/v3/libraries/${LIBRARY}/graphics`);
  expect(request?.headers).toMatchObject({
    "x-api-token": TOKEN,
    "content-length": String(body.length),
    "user-agent": "qgfx/test",
    accept: "application/json",
    "accept-encoding": "identity",
  });
  expect(request?.headers["transfer-encoding"]).toBeUndefined();
});

test("a recorded refusal is passed on with code, message and request id", async () => {
  const body =
    '{"meta":{"httpStatus":"400 - Bad Request","error":{"errorMessage":"Missing Content-Type for file part. name=file","errorCode":"MFDP_3"},"requestId":"7a009aca-135f-49bc-b755-6ccfe8b5da1d"}}';
  expect(await answerTo(400, body)).toEqual({
    kind: "answered",
    httpStatus: 400,
    graphicId: null,
    retryAfterMs: null,
    error: {
      httpStatus: 400,
      errorCode: "MFDP_3",
      message: "Missing Content-Type for file part. name=file",
      requestId: "7a009aca-135f-49bc-b755-6ccfe8b5da1d",
    },
    notice: null,
    warning: null,
  });
});

test.each([
  ['{"meta":{"requestId":null,"error":{"errorMessage":"no"}}}', "no", null],
  ['{"meta":{"requestId":"","error":{"errorMessage":"no","errorCode":""}}}', "no", null],
  ['{"meta":{"requestId":7,"error":{"errorMessage":"no","errorCode":5}}}', "no", null],
  ['{"meta":{"requestId":"r","httpStatus":"404 - Not Found"}}', "404 - Not Found", "r"],
  ['{"meta":{"requestId":"r","error":"odd"}}', "HTTP 404 Not Found", "r"],
  ['{"meta":"odd"}', "HTTP 404 Not Found", null],
  ["<html>proxy</html>", "HTTP 404 Not Found", null],
  ["", "HTTP 404 Not Found", null],
])("the refusal %j reads as %j", async (body, message, requestId) => {
  const answer = await answerTo(404, body);
  expect(answer).toMatchObject({ graphicId: null, error: { errorCode: null, message, requestId } });
});

test.each([
  [goodBody("IM_0123456789a"), "IM_0123456789a"],
  [`\uFEFF${goodBody(GRAPHIC_ID)}`, GRAPHIC_ID],
  [`{"result":{"id":"${GRAPHIC_ID}","more":1},"meta":"odd"}`, GRAPHIC_ID],
  [`{"result":{"id":"${GRAPHIC_ID}"}}`, GRAPHIC_ID],
  [`{"result":{"id":"${GRAPHIC_ID}"},"meta":{"notice":{"odd":[]}}}`, GRAPHIC_ID],
  [goodBody("IM_short"), null],
  [goodBody("IM_0123456789abcdef"), null],
  [goodBody("IM_0123456789a\n"), null],
  [goodBody("im_0123456789a"), null],
  [goodBody("IM_012345678é"), null],
  [goodBody("UR_0123456789a"), null],
  [goodBody(""), null],
  ['{"result":{"id":5}}', null],
  ['{"result":{"id":["IM_0123456789a"]}}', null],
  ['{"result":null,"meta":{}}', null],
  ['{"result":"IM_0123456789a"}', null],
  ['{"id":"IM_0123456789a"}', null],
  ['["IM_0123456789a"]', null],
  ["null", null],
  ["{", null],
  ["", null],
])("of the 200 %j the id is %j", async (body, graphicId) => {
  const answer = await answerTo(200, body);
  expect(answer).toMatchObject({ kind: "answered", httpStatus: 200, graphicId });
  if (answer.kind !== "answered") return;
  expect(answer.error === null).toBe(graphicId !== null);
});

test.each([
  ['{"errorCode":"X_1","errorMessage":"odd"}', { errorCode: "X_1", message: "odd" }],
  ['{"errorCode":"X_1"}', { errorCode: "X_1", message: "answer holds an error" }],
])("a 200 with an id and the error %s has both", async (error, read) => {
  const body = `{"result":{"id":"${GRAPHIC_ID}"},"meta":{"error":${error}}}`;
  expect(await answerTo(200, body)).toMatchObject({ graphicId: GRAPHIC_ID, error: read });
});

test("an answer nested half a million deep holds no id", async () => {
  const answer = await answerTo(200, "[".repeat(500_000));
  expect(answer).toMatchObject({ kind: "answered", graphicId: null });
});

test("a 200 without a good id keeps the request id: support asks for it", async () => {
  expect(await answerTo(200, '{"result":{},"meta":{"requestId":"r-1"}}')).toMatchObject({
    error: { errorCode: null, message: "answer holds no valid graphic id", requestId: "r-1" },
  });
});

test.each([201, 204, 304, 418, 500, 503])("status %i is passed on", async (status) => {
  expect(await answerTo(status, "")).toMatchObject({
    kind: "answered",
    httpStatus: status,
    graphicId: null,
  });
});

test("an id in an answer that is no success is not taken", async () => {
  expect(await answerTo(500, goodBody(GRAPHIC_ID))).toMatchObject({ graphicId: null });
});

test.each([301, 302, 303, 307, 308])(
  "%i to another server: not followed, and the token stays here",
  async (status) => {
    let elsewhere = 0;
    const other = await listen((_request, response) => {
      elsewhere++;
      response.end(goodBody(GRAPHIC_ID));
    });
    const answer = await answerTo(status, "", { location: `${other}/API/v3/libraries/x/graphics` });
    expect(answer).toMatchObject({ kind: "answered", httpStatus: status, graphicId: null });
    expect(elsewhere).toBe(0);
  },
);

test("Retry-After is read, against the answer's own Date", async () => {
  expect(await answerTo(429, "", { "retry-after": "17" })).toMatchObject({ retryAfterMs: 17_000 });
  const dates = {
    date: "Fri, 31 Dec 1999 12:00:00 GMT",
    "retry-after": "Fri, 31 Dec 1999 12:00:40 GMT",
  };
  expect(await answerTo(503, "", dates)).toMatchObject({ retryAfterMs: 40_000 });
  expect(await answerTo(503, "", { "retry-after": "soon" })).toMatchObject({ retryAfterMs: null });
  const several = { "retry-after": ["2", "5"] };
  expect(await answerTo(429, "", several)).toMatchObject({ retryAfterMs: 5_000 });
});

test("the notice of a proxied upload is passed on", async () => {
  const notice =
    "Request proxied. For faster response times, use this host instead: x.qualtrics.com";
  const body = JSON.stringify({ result: { id: GRAPHIC_ID }, meta: { notice } });
  expect(await answerTo(200, body)).toMatchObject({ graphicId: GRAPHIC_ID, notice });
});

test("a service's texts are cut to 500 characters, never within one", async () => {
  const body = JSON.stringify({ meta: { error: { errorMessage: `x${"😀".repeat(5000)}` } } });
  const answer = await answerTo(400, body);
  const message = answer.kind === "answered" ? (answer.error?.message ?? "") : "";
  expect(message.length).toBeLessThanOrEqual(500);
  expect(message).toMatch(/^x(😀)+…$/u);
});

test("a service that quotes the token has it struck out", async () => {
  const error = { errorMessage: `Unrecognized X-API-TOKEN ${TOKEN}.`, errorCode: TOKEN };
  const body = JSON.stringify({ meta: { requestId: TOKEN, notice: `n ${TOKEN}`, error } });
  const answer = await answerTo(401, body);
  expect(answer).toMatchObject({ error: { message: "Unrecognized X-API-TOKEN [token]." } });
  expect(JSON.stringify(answer)).not.toContain(TOKEN);
});

test("whatever JSON comes back, reading it does not fail", () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), answerJson(), (httpStatus, json) => {
      const body = Buffer.from(JSON.stringify(json));
      const answer = readUpload({ kind: "whole", httpStatus, headers: {}, body }, TOKEN);
      const id = answer.kind === "answered" ? answer.graphicId : "not answered";
      expect(id === null || /^IM_[a-zA-Z0-9]{11,15}$/.test(id)).toBe(true);
    }),
  );
});

/** JSON of the answer's shape with anything in its places. */
function answerJson(): fc.Arbitrary<unknown> {
  const anything = fc.jsonValue();
  const error = fc.oneof(
    anything,
    fc.record({ errorMessage: anything, errorCode: anything }, { requiredKeys: [] }),
  );
  const meta = fc.record(
    { httpStatus: anything, requestId: anything, notice: anything, error },
    { requiredKeys: [] },
  );
  const result = fc.record({ id: fc.oneof(anything, fc.constant(GRAPHIC_ID)) });
  return fc.oneof(
    anything,
    fc.record({ result: fc.oneof(anything, result), meta: fc.oneof(anything, meta) }),
  );
}

test.each([
  ['{"warningMessage":"over","warningCode":"W_1"}', { errorCode: "W_1", message: "over" }],
  ['{"warningMessage":"over"}', { errorCode: null, message: "over" }],
  [
    '{"warningCode":"W_1"}',
    { errorCode: "W_1", message: "the service gave a warning without words" },
  ],
  [`{"warningMessage":"is ${TOKEN}\\u001b[1m"}`, { message: "is [token]\\u{1b}[1m" }],
  ['{"warningMessage":""}', null],
  ['{"warningMessage":7}', null],
  ['"odd"', null],
  ["[]", null],
])("of the meta.warning %s an upload is told %j, and its id is kept", async (warning, told) => {
  const body = `{"result":{"id":"${GRAPHIC_ID}"},"meta":{"requestId":"r","warning":${warning}}}`;
  const answer = await answerTo(200, body);
  expect(answer).toMatchObject({ graphicId: GRAPHIC_ID, error: null });
  if (answer.kind !== "answered") return;
  if (told === null) expect(answer.warning).toBeNull();
  else expect(answer.warning).toMatchObject({ httpStatus: 200, requestId: "r", ...told });
});
