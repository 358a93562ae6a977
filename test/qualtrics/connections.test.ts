import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { clientFor, GRAPHIC_ID, uploadOf } from "./clients.ts";
import { goodBody, type RawServer, rawAnswer, type Step, startRawServer } from "./raw-server.ts";

const GOOD = rawAnswer("200 OK", goodBody(GRAPHIC_ID), "Keep-Alive: timeout=600");
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n";

async function serve(...steps: Step[]): Promise<RawServer> {
  const server = await startRawServer(...steps);
  onTestFinished(() => server.close());
  return server;
}

const write = (text: string) => (socket: Socket) => void socket.write(text);

test("uploads in a row share one connection", async () => {
  const server = await serve({ when: 1, act: write(GOOD) });
  const client = clientFor(server.url, { connections: 1 });
  for (let count = 0; count < 20; count++) {
    expect(await client.upload(uploadOf())).toMatchObject({ graphicId: GRAPHIC_ID });
  }
  expect(server.connections).toBe(1);
});

test("uploads at a time use no more connections than allowed, one request on each", async () => {
  const server = await serve({ when: 1, act: write(GOOD) });
  const client = clientFor(server.url, { connections: 3 });
  const answers = await Promise.all(Array.from({ length: 60 }, () => client.upload(uploadOf())));
  for (const answer of answers) expect(answer).toMatchObject({ graphicId: GRAPHIC_ID });
  expect(server.connections).toBe(3);
  expect(server.requests).toHaveLength(60);
});

test("after an idle gap a fresh connection is made, whatever Keep-Alive promised", async () => {
  const server = await serve({ when: 1, act: write(GOOD) });
  const client = clientFor(server.url, { connections: 1, limits: { idleMs: 60 } });
  await client.upload(uploadOf());
  await sleep(250);
  expect(await client.upload(uploadOf())).toMatchObject({ graphicId: GRAPHIC_ID });
  expect(server.connections).toBe(2);
});

test.each([
  ["resets", (socket: Socket) => socket.resetAndDestroy()],
  ["closes", (socket: Socket) => socket.end()],
])("a server that %s idle connections costs no upload", async (_how, breakOff) => {
  let broken = Promise.resolve();
  const answerThenBreak = (socket: Socket) => {
    broken = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.write(GOOD, () => setTimeout(() => breakOff(socket), 10));
  };
  const server = await serve({ when: 1, act: answerThenBreak });
  const client = clientFor(server.url);
  for (let count = 0; count < 5; count++) {
    expect(await client.upload(uploadOf())).toMatchObject({ graphicId: GRAPHIC_ID });
    // On a busy machine the break comes late; the gap is what follows it.
    await broken;
    await sleep(40);
  }
  expect(server.connections).toBe(5);
});

test("`Connection: close` is heeded", async () => {
  const server = await serve({
    when: 1,
    act: write(rawAnswer("200 OK", goodBody(GRAPHIC_ID), "Connection: close")),
  });
  const client = clientFor(server.url);
  for (let count = 0; count < 3; count++) {
    expect(await client.upload(uploadOf())).toMatchObject({ graphicId: GRAPHIC_ID });
  }
  expect(server.connections).toBe(3);
});

test("an answer without a length ends with its connection", async () => {
  const text = `HTTP/1.1 200 OK\r\n\r\n${goodBody(GRAPHIC_ID)}`;
  const server = await serve({ when: 1, act: (socket) => void socket.end(text) });
  expect(await clientFor(server.url).upload(uploadOf())).toMatchObject({ graphicId: GRAPHIC_ID });
});

test("an early answer is taken while the body is still on its way", async () => {
  const refusal = rawAnswer("413 Payload Too Large", "{}", "Connection: close");
  const server = await serve({ when: "headers", act: write(refusal) });
  const answer = await clientFor(server.url).upload(uploadOf(4 * 1024 * 1024));
  expect(answer).toMatchObject({ kind: "answered", httpStatus: 413 });
});

test.each(["headers", 0.1] as const)(
  "an id that comes before the request is out (at %s) is not taken, nor is that connection used again",
  async (when) => {
    const server = await serve({ when, act: write(GOOD) }, { when: 1, act: write(GOOD) });
    const client = clientFor(server.url, { connections: 1 });
    expect(await client.upload(uploadOf(32 * 1024 * 1024))).toEqual({
      kind: "lost",
      message: "answer began before the whole request was sent (EARLY_ANSWER)",
    });
    expect(await client.upload(uploadOf())).toMatchObject({ graphicId: GRAPHIC_ID });
    expect(server.connections).toBe(2);
  },
);

test.each([
  ["100", CONTINUE],
  ["100 twice", CONTINUE + CONTINUE],
  ["100 with headers", "HTTP/1.1 100 Continue\r\nServer: proxy\r\n\r\n"],
  ["103", HINTS],
  ["100 and 103", CONTINUE + HINTS],
])(
  "%s before the answer is passed over, on each request of a connection",
  async (_name, interim) => {
    const server = await serve({ when: 1, act: write(interim + GOOD) });
    const client = clientFor(server.url, { connections: 1 });
    for (let count = 0; count < 3; count++) {
      expect(await client.upload(uploadOf())).toMatchObject({
        httpStatus: 200,
        graphicId: GRAPHIC_ID,
      });
    }
    expect(server.connections).toBe(1);
  },
);

test("100 as soon as the headers are there is passed over", async () => {
  const act = (socket: Socket) => {
    socket.write(CONTINUE);
    setTimeout(() => socket.write(GOOD), 30);
  };
  const server = await serve({ when: "headers", act });
  expect(await clientFor(server.url).upload(uploadOf())).toMatchObject({ graphicId: GRAPHIC_ID });
});

test("100 and then nothing is lost", async () => {
  const server = await serve({ when: 1, act: (socket) => void socket.end(CONTINUE) });
  expect((await clientFor(server.url).upload(uploadOf())).kind).toBe("lost");
});

test("an answer's body may begin like a 100", async () => {
  const body = "HTTP/1.1 100 Continue\r\n\r\n";
  const act = (socket: Socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
    setTimeout(() => socket.write(body), 20);
  };
  const server = await serve({ when: 1, act });
  expect(await clientFor(server.url).upload(uploadOf())).toMatchObject({
    kind: "answered",
    httpStatus: 200,
    graphicId: null,
  });
});

test("however the network cuts it up, the id arrives", async () => {
  const text = CONTINUE + HINTS + GOOD;
  let cuts: number[] = [];
  const act = async (socket: Socket) => {
    const ends = [...cuts, text.length];
    for (const [index, end] of ends.entries()) {
      socket.write(text.slice(ends[index - 1] ?? 0, end));
      await sleep(1);
    }
  };
  const server = await serve({ when: 1, act: (socket) => void act(socket) });
  const client = clientFor(server.url);
  const someCuts = fc.uniqueArray(fc.nat(text.length), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(someCuts, async (places) => {
      cuts = places.sort((left, right) => left - right);
      expect(await client.upload(uploadOf())).toMatchObject({ graphicId: GRAPHIC_ID });
    }),
    { numRuns: 60 },
  );
});
