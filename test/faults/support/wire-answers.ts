import { gzipSync } from "node:zlib";
import {
  type Expected,
  FAILED,
  RETRIED,
  STOPPED,
  STOPPED_UNKNOWN,
  UNKNOWN,
  UPLOADED,
  type WireCase,
} from "./wire-faults.ts";
import { answer, goodBody, type Scene } from "./wire-server.ts";

type Bytes = string | Buffer;

function answering(
  name: string,
  expected: Expected,
  bytes: (scene: Scene) => Bytes,
  more: Partial<WireCase> = {},
): WireCase {
  const act = (scene: Scene) => void scene.socket.write(bytes(scene));
  return { name, when: 1, expected, act, ...more };
}

/** The bytes, then the end of the connection. */
function answeringToEnd(
  name: string,
  expected: Expected,
  bytes: (scene: Scene) => Bytes,
): WireCase {
  const act = (scene: Scene) => void scene.socket.end(bytes(scene));
  return { name, when: 1, expected, act };
}

const good = ({ id }: Scene) => answer("200 OK", goodBody(id));
const withBody = (name: string, expected: Expected, body: (scene: Scene) => Bytes) =>
  answering(name, expected, (scene) => answer("200 OK", body(scene)));

/** Bytes that repeat, of no meaning. */
const NOISE = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919 + 13) % 256));

const GARBAGE: WireCase[] = [
  answering("garbage: another protocol", UNKNOWN, () => "SSH-2.0-OpenSSH_9.2\r\n"),
  answering("garbage: noise", UNKNOWN, () => NOISE),
  answeringToEnd("garbage: a bare body (HTTP/0.9)", UNKNOWN, ({ id }) => goodBody(id)),
  answering("garbage: HTTP/2", UNKNOWN, () => "HTTP/2 200\r\n\r\n"),
  answering("garbage: HTTP/9.9", UNKNOWN, () => "HTTP/9.9 200 OK\r\n\r\n"),
  answering("garbage: a status of two digits", UNKNOWN, () => "HTTP/1.1 20 OK\r\n\r\n"),
  answering(
    "garbage: a NUL in a header",
    UNKNOWN,
    () => "HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 2\r\n\r\n{}",
  ),
  answering(
    "garbage: 1 MB of headers",
    UNKNOWN,
    () => `HTTP/1.1 200 OK\r\n${"X-Long: 0123456789\r\n".repeat(50_000)}`,
  ),
  answering(
    "garbage: one header of 1 MB",
    UNKNOWN,
    () => `HTTP/1.1 200 OK\r\nX-Long: ${"0".repeat(1_000_000)}\r\n\r\n`,
  ),
  withBody("garbage: a page of HTML", UNKNOWN, () => "<html><h1>Maintenance</h1></html>"),
  withBody("garbage: no body", UNKNOWN, () => ""),
  withBody("garbage: noise as a body", UNKNOWN, () => NOISE),
  withBody("garbage: half of the JSON", UNKNOWN, ({ id }) => goodBody(id).slice(0, 30)),
  withBody("garbage: JSON and more", UNKNOWN, ({ id }) => `${goodBody(id)}}`),
  withBody("garbage: a JSON list", UNKNOWN, ({ id }) => `[${goodBody(id)}]`),
  withBody("garbage: JSON null", UNKNOWN, () => "null"),
  withBody("garbage: JSON in UTF-16", UNKNOWN, ({ id }) => Buffer.from(goodBody(id), "utf16le")),
  withBody("garbage: 100,000 brackets", UNKNOWN, () => "[".repeat(100_000)),
  withBody("garbage: a map 100,000 deep", UNKNOWN, () => '{"result":'.repeat(100_000)),
  withBody("garbage: 2 MB of JSON", UNKNOWN, ({ id }) => `${" ".repeat(2 << 20)}${goodBody(id)}`),
  answering("garbage: gzip that nobody asked for", UNKNOWN, ({ id }) =>
    answer("200 OK", gzipSync(goodBody(id)), "Content-Encoding: gzip"),
  ),
  answering(
    "garbage: chunks without end",
    UNKNOWN,
    () =>
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${`10000\r\n${" ".repeat(65_536)}\r\n`.repeat(40)}`,
  ),
];

const ID = (name: string, id: unknown): WireCase =>
  withBody(`id: ${name}`, UNKNOWN, () => goodBody(id));

const IDS: WireCase[] = [
  withBody("id: none", UNKNOWN, () => '{"result":{},"meta":{}}'),
  withBody("id: no result", UNKNOWN, () => '{"meta":{"httpStatus":"200 - OK"}}'),
  ID("null", null),
  ID("a number", 12),
  ID("empty", ""),
  ID("a list", ["IM_abcdefghijkl"]),
  ID("a map", { id: "IM_abcdefghijkl" }),
  ID("of a library", "UR_abcdefghijkl"),
  ID("in lower case", "im_abcdefghijkl"),
  ID("too short", "IM_abc"),
  ID("too long", `IM_${"a".repeat(16)}`),
  ID("with a line break behind it", "IM_abcdefghijkl\n"),
  ID("with an escape sequence", "IM_abcdef\u001b[31mghi"),
  ID("with a formula", "=IM_abcdefghijkl"),
  ID("with full-width letters", "IM_ａｂｃｄｅｆｇｈｉｊｋｌ"),
  // 2xx that are not 200 count too: an id is an id.
  answering("id: with 201", UPLOADED, ({ id }) => answer("201 Created", goodBody(id))),
  answering("id: with 202", UPLOADED, ({ id }) => answer("202 Accepted", goodBody(id))),
  answering("id: none, with 202", UNKNOWN, () => answer("202 Accepted", "{}")),
  withBody("id: with an odd meta", UPLOADED, ({ id }) =>
    JSON.stringify({ result: { id, more: 1 }, meta: [{ notice: 7 }], extra: null }),
  ),
];

/** Ids that are not this upload's own; the row before must have been uploaded. */
export const REPEATED_ID_CASES: readonly WireCase[] = [
  withBody("id: of the row before", UNKNOWN, ({ server }) =>
    goodBody(server.received[0]?.storedId),
  ),
];

const INFORMATIONAL = (name: string, expected: Expected, head: string) =>
  answering(`1xx: ${name}`, expected, (scene) => Buffer.concat([Buffer.from(head), good(scene)]));

const ONE_HUNDRED: WireCase[] = [
  INFORMATIONAL("100 first", UPLOADED, "HTTP/1.1 100 Continue\r\n\r\n"),
  INFORMATIONAL("100 three times", UPLOADED, "HTTP/1.1 100 Continue\r\n\r\n".repeat(3)),
  INFORMATIONAL("102 first", UPLOADED, "HTTP/1.1 102 Processing\r\n\r\n"),
  INFORMATIONAL("103 first", UPLOADED, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
  INFORMATIONAL(
    "103 and 100",
    UPLOADED,
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
  ),
  {
    name: "1xx: 100 within the headers, the answer behind the body",
    when: "headers",
    act: ({ socket, id }) => {
      socket.write("HTTP/1.1 100 Continue\r\n\r\n");
      setTimeout(() => socket.write(answer("200 OK", goodBody(id))), 100);
    },
    expected: UPLOADED,
  },
  answeringToEnd("1xx: 103 and nothing more", UNKNOWN, () => "HTTP/1.1 103 Early Hints\r\n\r\n"),
  answeringToEnd("1xx: 100 and nothing more", UNKNOWN, () => "HTTP/1.1 100 Continue\r\n\r\n"),
  INFORMATIONAL(
    "101, an upgrade",
    UNKNOWN,
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
  ),
];

const status = (line: string, expected: Expected, ...headers: string[]): WireCase =>
  answering(
    `status ${line}`,
    expected,
    () => answer(line, '{"meta":{"error":{"errorMessage":"no"}}}', ...headers),
    { stores: false },
  );

const STATUSES: WireCase[] = [
  answering("status 204", UNKNOWN, () => "HTTP/1.1 204 No Content\r\n\r\n"),
  answering("status 205", UNKNOWN, () => answer("205 Reset Content", "")),
  answering("status 206", UNKNOWN, () => answer("206 Partial Content", "{}")),
  status("400 Bad Request", FAILED),
  status("401 Unauthorized", STOPPED),
  status("402 Payment Required", UNKNOWN),
  status("403 Forbidden", STOPPED),
  status("404 Not Found", STOPPED),
  status("406 Not Acceptable", UNKNOWN),
  status("408 Request Timeout", UNKNOWN),
  status("409 Conflict", UNKNOWN),
  status("411 Length Required", FAILED),
  status("413 Content Too Large", FAILED),
  status("415 Unsupported Media Type", FAILED),
  status("418 I'm a teapot", UNKNOWN),
  status("422 Unprocessable Content", FAILED),
  status("425 Too Early", RETRIED),
  status("429 Too Many Requests", RETRIED),
  status("429 with Retry-After 1", RETRIED, "Retry-After: 1"),
  status("429 with an odd Retry-After", RETRIED, "Retry-After: soon"),
  {
    ...status("429 with Retry-After of a day", STOPPED, "Retry-After: 86400"),
    expected: {
      row: ["not-run"],
      others: "not-run",
      codes: [3],
      attempts: /^refused$/,
    },
  },
  status("500 Internal Server Error", UNKNOWN),
  status("502 Bad Gateway", UNKNOWN),
  status("503 Service Unavailable", UNKNOWN),
  status("503 with Retry-After 0", RETRIED, "Retry-After: 0"),
  status("503 with an odd Retry-After", UNKNOWN, "Retry-After: -1"),
  status("504 Gateway Timeout", UNKNOWN),
  status("599 Unheard Of", UNKNOWN),
  status("999 Unheard Of", UNKNOWN),
];

/** Redirects to a host that must not see a byte. */
export function redirectCases(otherUrl: string): WireCase[] {
  const to = (line: string, expected: Expected) =>
    answering(
      `3xx to another host: ${line}`,
      expected,
      () => answer(line, "", `Location: ${otherUrl}/API/v3/libraries/UR_abcdefghijk/graphics`),
      { stores: false },
    );
  return [
    to("300 Multiple Choices", STOPPED),
    to("301 Moved Permanently", STOPPED),
    to("302 Found", STOPPED),
    { ...to("303 See Other", STOPPED_UNKNOWN), stores: true },
    to("304 Not Modified", STOPPED),
    to("307 Temporary Redirect", STOPPED),
    to("308 Permanent Redirect", STOPPED),
    answering("2xx that refreshes to another host", UPLOADED, ({ id }) =>
      answer("200 OK", goodBody(id), `Refresh: 0; url=${otherUrl}`, `Location: ${otherUrl}`),
    ),
  ];
}

const chunks = (scene: Scene, last = "0\r\n\r\n") => {
  const body = goodBody(scene.id);
  const parts = [body.slice(0, 20), body.slice(20)];
  return parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("") + last;
};
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
const length = (scene: Scene) => goodBody(scene.id).length;

const FRAMINGS: WireCase[] = [
  answeringToEnd(
    "framing: HTTP/1.0 to the end of the connection",
    UPLOADED,
    (scene) => `HTTP/1.0 200 OK\r\n\r\n${goodBody(scene.id)}`,
  ),
  answering(
    "framing: HTTP/1.0 with a length",
    UPLOADED,
    (scene) => `HTTP/1.0 200 OK\r\nContent-Length: ${length(scene)}\r\n\r\n${goodBody(scene.id)}`,
  ),
  answeringToEnd(
    "framing: HTTP/1.1 to the end of the connection",
    UPLOADED,
    (scene) => `HTTP/1.1 200 OK\r\n\r\n${goodBody(scene.id)}`,
  ),
  answeringToEnd(
    "framing: to the end of the connection, cut within the id",
    UNKNOWN,
    (scene) => `HTTP/1.1 200 OK\r\n\r\n${goodBody(scene.id).slice(0, 25)}`,
  ),
  answering("framing: chunked", UPLOADED, (scene) => `${CHUNKED}\r\n${chunks(scene)}`),
  answering(
    "framing: chunked with extensions and trailers",
    UPLOADED,
    (scene) =>
      `${CHUNKED}\r\n${chunks(scene)
        .replace("\r\n", ";a=b\r\n")
        .replace(/0\r\n\r\n$/, "0\r\nX-T: 1\r\n\r\n")}`,
  ),
  answeringToEnd(
    "framing: chunked without its last chunk",
    UNKNOWN,
    (scene) => `${CHUNKED}\r\n${chunks(scene, "")}`,
  ),
  answering(
    "framing: chunked with a size that is none",
    UNKNOWN,
    (scene) => `${CHUNKED}\r\nzz\r\n${chunks(scene)}`,
  ),
  answering(
    "framing: chunked and a length",
    UNKNOWN,
    (scene) => `${CHUNKED}Content-Length: 5\r\n\r\n${chunks(scene)}`,
  ),
  answering(
    "framing: two lengths that differ",
    UNKNOWN,
    (scene) =>
      `HTTP/1.1 200 OK\r\nContent-Length: ${length(scene)}\r\nContent-Length: 5\r\n\r\n${goodBody(scene.id)}`,
  ),
  answering(
    "framing: a negative length",
    UNKNOWN,
    () => "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
  ),
  answering(
    "framing: a length that is too short",
    UNKNOWN,
    (scene) => `HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n${goodBody(scene.id)}`,
  ),
  answeringToEnd(
    "framing: a length that is too long",
    UNKNOWN,
    (scene) =>
      `HTTP/1.1 200 OK\r\nContent-Length: ${length(scene) + 1}\r\n\r\n${goodBody(scene.id)}`,
  ),
  answering("framing: Connection: close and no close", UPLOADED, (scene) =>
    answer("200 OK", goodBody(scene.id), "Connection: close"),
  ),
  answering("framing: two answers to one request", UPLOADED, (scene) =>
    Buffer.concat([good(scene), answer("200 OK", goodBody(scene.server.nextId()))]),
  ),
];

/** Answers before the request is whole. */
const EARLY: WireCase[] = [
  {
    name: "early: 413 within the headers, then the end",
    when: "headers",
    act: ({ socket }) => void socket.end(answer("413 Content Too Large", "{}")),
    stores: false,
    expected: {
      ...FAILED,
      row: ["failed", "unknown"],
      codes: [3, 5],
      attempts: /^(failed|unknown)$/,
    },
  },
  {
    name: "early: 400 at half of the body, which is read on",
    when: 0.5,
    act: ({ socket }) => void socket.write(answer("400 Bad Request", "{}")),
    stores: false,
    expected: FAILED,
  },
  {
    name: "early: 200 with an id at half of the body, which is read on",
    when: 0.5,
    act: ({ socket, id }) => void socket.write(answer("200 OK", goodBody(id))),
    // Unknown where part of the request is still with us: what the system has taken nobody sees.
    expected: {
      ...UPLOADED,
      row: ["uploaded", "unknown"],
      codes: [0, 5],
      attempts: /^(uploaded|unknown)$/,
    },
  },
];

/** Answers that come, of every kind but those of `breakCases` and `SLOW_CASES`. */
export const ANSWER_CASES: readonly WireCase[] = [
  ...GARBAGE,
  ...IDS,
  ...ONE_HUNDRED,
  ...STATUSES,
  ...FRAMINGS,
  ...EARLY,
];
