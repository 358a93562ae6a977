import type { Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { clientFor, GRAPHIC_ID, TOKEN, uploadOf } from "./clients.ts";
import {
  goodBody,
  type Moment,
  type RawServer,
  rawAnswer,
  type Step,
  startRawServer,
} from "./raw-server.ts";

const LARGE_BYTES = 1024 * 1024;
const GOOD = rawAnswer("200 OK", goodBody(GRAPHIC_ID));

const reset = (socket: Socket) => socket.resetAndDestroy();
const close = (socket: Socket) => socket.destroy();
const end = (socket: Socket) => socket.end();
const answer = (text: string, then?: (socket: Socket) => void) => (socket: Socket) =>
  socket.write(text, () => then?.(socket));

async function serve(...steps: Step[]): Promise<RawServer> {
  const server = await startRawServer(...steps);
  onTestFinished(() => server.close());
  return server;
}

test("a refused connection: nothing was sent", async () => {
  const server = await startRawServer();
  await server.close();
  expect(await clientFor(server.url).upload(uploadOf())).toEqual({
    kind: "not-sent",
    message: "connection refused (ECONNREFUSED)",
  });
});

test("a name without an address: nothing was sent", async () => {
  const answered = await clientFor("https://no-such-host.invalid").upload(uploadOf());
  expect(answered).toEqual({ kind: "not-sent", message: expect.stringMatching(/^host name /) });
});

test("no TLS handshake in time: nothing was sent", async () => {
  // The connection stands, but not a byte of the request can be written before TLS does.
  const server = await serve({ when: 1, act: () => {} });
  const limits = { connectTimeoutMs: 50 };
  const client = clientFor(server.url.replace("http:", "https:"), { limits });
  expect(await client.upload(uploadOf())).toEqual({
    kind: "not-sent",
    message: "no connection in time (UND_ERR_CONNECT_TIMEOUT)",
  });
});

const MOMENTS: Moment[] = ["headers", 0, 0.25, 0.5, 0.99, 1];
const BREAKS = { reset, close, end };

for (const connection of ["first", "reused"] as const) {
  for (const when of MOMENTS) {
    test.each(Object.entries(BREAKS))(
      `on a ${connection} connection, after ${when} of the request: %s is lost`,
      async (_name, act) => {
        const good = { when: 1, act: answer(GOOD) };
        const server = await serve(...(connection === "reused" ? [good] : []), { when, act });
        const client = clientFor(server.url, { connections: 1 });
        if (connection === "reused") await client.upload(uploadOf());
        const answered = await client.upload(uploadOf(LARGE_BYTES));
        expect(answered.kind).toBe("lost");
        expect(JSON.stringify(answered)).not.toContain(TOKEN);
        expect(server.connections).toBe(1);
      },
    );
  }
}

test.each(Object.entries(BREAKS))(
  "%s at accept is never taken for an answer",
  async (_name, act) => {
    const server = await serve({ when: "accept", act });
    const answered = await clientFor(server.url).upload(uploadOf());
    // Which of the two depends on whether the connection broke before the first byte was written.
    expect(["not-sent", "lost"]).toContain(answered.kind);
  },
);

test.each([
  ["its first byte", "H"],
  ["half of its headers", GOOD.slice(0, 30)],
  ["its headers", GOOD.slice(0, GOOD.indexOf("\r\n\r\n") + 4)],
  ["the id, but not its end", GOOD.slice(0, -1)],
  ["an early refusal's half", "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 99\r\n\r\n{"],
  ["half a chunked body", 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"res\r\n'],
])("an answer that breaks after %s is lost", async (_part, text) => {
  for (const act of Object.values(BREAKS)) {
    const server = await serve({ when: 1, act: answer(text, act) });
    const answered = await clientFor(server.url).upload(uploadOf());
    expect(answered.kind).toBe("lost");
  }
});

test.each([
  ["not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "answer is not HTTP"],
  [
    "an upgrade nobody asked for",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    "connection closed before the whole answer (UND_ERR_SOCKET)",
  ],
  [
    "endless headers",
    `HTTP/1.1 200 OK\r\n${"X-Long: 0123456789\r\n".repeat(5000)}`,
    "answer's headers too long (UND_ERR_HEADERS_OVERFLOW)",
  ],
  [
    "two lengths",
    `HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n{}`,
    "answer shorter or longer than it says (UND_ERR_RES_CONTENT_LENGTH_MISMATCH)",
  ],
])("an answer that is %s is lost, in our words", async (_what, text, message) => {
  const server = await serve({ when: 1, act: answer(text) });
  expect(await clientFor(server.url).upload(uploadOf())).toEqual({ kind: "lost", message });
});

test("an answer without end is not read to its end", async () => {
  const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
  const pour = (socket: Socket): void => {
    if (socket.destroyed) return;
    socket.write(chunk, () => pour(socket));
  };
  const server = await serve({ when: 1, act: answer(head, pour) });
  expect(await clientFor(server.url).upload(uploadOf())).toEqual({
    kind: "lost",
    message: "answer too long (UND_ERR_RES_EXCEEDED_MAX_SIZE)",
  });
});

test.each([
  ["never", () => {}],
  ["after a byte", answer("H")],
  ["after its headers", answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")],
  ["byte by byte", (socket: Socket) => drip(socket, "x".repeat(1000))],
])("an answer that comes %s is lost at the deadline", async (_when, act) => {
  const server = await serve({ when: 1, act });
  const client = clientFor(server.url, { limits: { baseDeadlineMs: 80 } });
  expect(await client.upload(uploadOf())).toEqual({
    kind: "lost",
    message: "no whole answer within 0.08 s",
  });
});

function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text.slice(0, 1)), 10);
  socket.write("HTTP/1.1 200 OK\r\nX-Drip: ");
  socket.on("close", () => clearInterval(timer));
}

test("a server that stops reading a large body: lost at the deadline", async () => {
  const server = await serve({ when: "headers", act: (socket) => void socket.pause() });
  const limits = { baseDeadlineMs: 80, bytesPerExtraSecond: Number.MAX_SAFE_INTEGER };
  const answered = await clientFor(server.url, { limits }).upload(uploadOf(LARGE_BYTES));
  expect(answered.kind).toBe("lost");
});

test("an answer that came in time is read though the deadline went by while nobody could read it", async () => {
  const holdUp = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  const server = await serve({ when: 1, act: answer(GOOD, holdUp) });
  const client = clientFor(server.url, { limits: { baseDeadlineMs: 80 } });
  expect(await client.upload(uploadOf())).toMatchObject({ graphicId: GRAPHIC_ID });
});

test("the deadline grows with the size of the picture", async () => {
  const late = (socket: Socket) => void setTimeout(() => socket.write(GOOD), 300);
  const server = await serve({ when: 1, act: late });
  const client = clientFor(server.url, {
    limits: { baseDeadlineMs: 100, bytesPerExtraSecond: 1024 * 1024 },
  });
  const [small, large] = await Promise.all([
    client.upload(uploadOf()),
    client.upload(uploadOf(2 * 1024 * 1024)),
  ]);
  expect(small.kind).toBe("lost");
  expect(large).toMatchObject({ kind: "answered", graphicId: GRAPHIC_ID });
});

test("given up before the first byte: nothing was sent, then or later", async () => {
  const stalled: Step = {
    when: 1,
    act: (socket) => void setTimeout(() => socket.write(GOOD), 400),
  };
  const server = await serve(stalled, { when: 1, act: answer(GOOD) });
  // The small one gets 200 ms, the others a second more.
  const limits = { baseDeadlineMs: 200, bytesPerExtraSecond: 1024 };
  const client = clientFor(server.url, { connections: 1, limits });
  const first = client.upload(uploadOf(1024));
  const queued = client.upload(uploadOf());
  expect(await queued).toMatchObject({ kind: "not-sent" });
  expect(await first).toMatchObject({ graphicId: GRAPHIC_ID });
  expect(await client.upload(uploadOf(1024))).toMatchObject({ graphicId: GRAPHIC_ID });
  expect(server.requests).toHaveLength(2);
});

test("a closed client sends nothing and says so; closing waits for what is under way", async () => {
  const late = (socket: Socket) => void setTimeout(() => socket.write(GOOD), 50);
  const server = await serve({ when: 1, act: late });
  const client = clientFor(server.url);
  const underWay = client.upload(uploadOf());
  const closed = Promise.all([client.close(), client.close()]);
  expect(await client.upload(uploadOf())).toEqual({ kind: "not-sent", message: "client closed" });
  expect(await underWay).toMatchObject({ graphicId: GRAPHIC_ID });
  await closed;
  expect(server.requests).toHaveLength(1);
});
