import { Agent } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import {
  filePart,
  heldNames,
  idIn,
  openSandbox,
  postForm,
  requestLog,
  type Seen,
  send,
} from "./sandbox-client.ts";

type Play = NonNullable<FaultScript["faults"]>[number]["play"];

/** A sandbox that plays one fault on its second upload. */
function openFaulty(play: Play): Promise<Sandbox> {
  return openSandbox({ script: { version: 1, faults: [{ upload: 2, play }] } });
}

/** Uploads `1.gif`, `2.gif` and `3.gif` one after another. */
async function uploadThree(sandbox: Sandbox): Promise<[Seen, Seen, Seen]> {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const upload = (n: number) => postForm(sandbox, [filePart(`${n}.gif`)], { agent });
  return [await upload(1), await upload(2), await upload(3)];
}

const STORED = ["1.gif", "2.gif", "3.gif"];
const NOT_STORED = ["1.gif", "3.gif"];

describe("a connection that ends", () => {
  test.each<[Extract<Play, { kind: "reset" }>["at"], string[]]>([
    ["before-body", NOT_STORED],
    ["half-body", NOT_STORED],
    ["after-body", NOT_STORED],
    ["after-store", STORED],
  ])("%s leaves the client without an answer", async (at, held) => {
    for (const how of ["reset", "close"] as const) {
      const sandbox = await openFaulty({ kind: "reset", at, how });
      const [first, second, third] = await uploadThree(sandbox);
      expect([first.status, second.status, third.status]).toEqual([200, undefined, 200]);
      expect(second.failed).toBe("ECONNRESET");
      expect(await heldNames(sandbox)).toEqual(held);
      expect((await requestLog(sandbox))[1]).toMatchObject({
        upload: 2,
        status: null,
        fault: { kind: "reset", at, how },
        graphicId: held === STORED ? expect.stringMatching(/^IM_/) : null,
      });
    }
  });

  test("half-way through the answer leaves the client with part of it", async () => {
    for (const how of ["reset", "close"] as const) {
      const sandbox = await openFaulty({ kind: "reset", at: "half-answer", how });
      const [, second, third] = await uploadThree(sandbox);
      expect(second).toMatchObject({ status: 200, failed: "ECONNRESET" });
      expect(second.bytes.length).toBeLessThan(Number(second.headers["content-length"]));
      expect(third.status).toBe(200);
      expect(await heldNames(sandbox)).toEqual(STORED);
    }
  });

  test("in the middle of a large body does so before the client has sent it all", async () => {
    const play: Play = { kind: "reset", at: "half-body" };
    const sandbox = await openSandbox({ script: { version: 1, faults: [{ upload: 1, play }] } });
    const large = filePart("a.gif", "image/gif", Buffer.alloc(4 * 1024 * 1024));
    expect(["ECONNRESET", "EPIPE"]).toContain((await postForm(sandbox, [large])).failed);
    expect(await heldNames(sandbox)).toEqual([]);
  });
});

describe("an answer", () => {
  test("has the status, code, message, notice and Retry-After of the script", async () => {
    const sandbox = await openFaulty({
      ...{ kind: "answer", status: 503, code: "ESB_1", message: "come back" },
      ...{ notice: "use this host instead: x.qualtrics.com", retryAfter: { seconds: 7 } },
    });
    const [, second] = await uploadThree(sandbox);
    expect(second.status).toBe(503);
    expect(second.headers["retry-after"]).toBe("7");
    expect(JSON.parse(second.text)).toEqual({
      meta: {
        httpStatus: "503 - Service Unavailable",
        error: { errorMessage: "come back", errorCode: "ESB_1" },
        requestId: expect.any(String),
        notice: "use this host instead: x.qualtrics.com",
      },
    });
    expect(await heldNames(sandbox)).toEqual(NOT_STORED);
  });

  test("of 429 may name a date", async () => {
    const retryAfter = { form: "date" as const, seconds: 60 };
    const sandbox = await openFaulty({ kind: "answer", status: 429, retryAfter });
    const before = Date.now();
    const [, second] = await uploadThree(sandbox);
    const named = second.headers["retry-after"] ?? "";
    expect(named).toMatch(/ GMT$/);
    expect(Date.parse(named) - before).toBeGreaterThanOrEqual(59_000);
    expect(Date.parse(named) - Date.now()).toBeLessThanOrEqual(61_000);
  });

  test("of 500 may come although the graphic was stored", async () => {
    const sandbox = await openFaulty({ kind: "answer", status: 500, store: true });
    const [, second] = await uploadThree(sandbox);
    expect(second.status).toBe(500);
    expect(second.text).not.toContain("IM_");
    expect(await heldNames(sandbox)).toEqual(STORED);
  });

  test("of 200 may carry a notice beside the id", async () => {
    const sandbox = await openFaulty({
      kind: "answer",
      status: 200,
      store: true,
      notice: "proxied",
    });
    const [, second] = await uploadThree(sandbox);
    expect(JSON.parse(second.text)).toMatchObject({
      result: { id: (await requestLog(sandbox))[1]?.graphicId },
      meta: { notice: "proxied" },
    });
  });

  test("may lead elsewhere, or hold nothing", async () => {
    const location = "http://127.0.0.1:9/elsewhere";
    const moved = await openFaulty({ kind: "answer", status: 307, location });
    expect((await uploadThree(moved))[1]).toMatchObject({ status: 307, headers: { location } });
    const foreign = { kind: "answer" as const, status: 307, location: `${location}/漢` };
    expect((await uploadThree(await openFaulty(foreign)))[1]).toMatchObject({
      status: 307,
      headers: { location: `${location}/%E6%BC%A2` },
    });
    const empty = await openFaulty({ kind: "answer", status: 204, store: true });
    expect((await uploadThree(empty)).map(({ status, text }) => [status, text === ""])).toEqual([
      [200, false],
      [204, true],
      [200, false],
    ]);
  });

  test.each<["missing" | "odd" | "repeated", (first: Seen) => unknown]>([
    ["missing", () => undefined],
    ["odd", () => "GR_not-a-graphic"],
    ["repeated", idIn],
  ])("may have an id that is %s", async (id, expected) => {
    const sandbox = await openFaulty({ kind: "id", id });
    const [first, second] = await uploadThree(sandbox);
    expect(second.status).toBe(200);
    expect(JSON.parse(second.text).result.id).toBe(expected(first));
    expect(await heldNames(sandbox)).toEqual(STORED);
  });

  test("may be garbage", async () => {
    const sandbox = await openFaulty({ kind: "garbage" });
    const [, second] = await uploadThree(sandbox);
    expect(second.status).toBe(200);
    expect(() => JSON.parse(second.text)).toThrow();
    expect(await heldNames(sandbox)).toEqual(STORED);
  });

  test("may come late, after others that were asked for later", async () => {
    const faults = [{ name: "late.gif", play: { kind: "delay" as const, delayMs: 300 } }];
    const sandbox = await openSandbox({ script: { version: 1, faults } });
    const order: string[] = [];
    const upload = async (name: string) => {
      idIn(await postForm(sandbox, [filePart(name)]));
      order.push(name);
    };
    await Promise.all([upload("late.gif"), upload("a.gif"), upload("b.gif")]);
    expect(order.at(-1)).toBe("late.gif");
    expect((await heldNames(sandbox)).at(-1)).toBe("late.gif");
  });

  test("may never come, until the sandbox closes", async () => {
    const faults = [{ name: "a.gif", play: { kind: "stall" as const, store: true } }];
    const sandbox = await startSandbox({ script: { version: 1, faults } });
    const stalled = postForm(sandbox, [filePart("a.gif")]);
    await expect.poll(() => heldNames(sandbox)).toEqual(["a.gif"]);
    expect((await postForm(sandbox, [filePart("b.gif")])).status).toBe(200);
    await sandbox.close();
    expect(await stalled).toMatchObject({ status: undefined, failed: "ECONNRESET" });
  });
});

describe("a request the service would refuse", () => {
  test("is refused, and the fault waits", async () => {
    const faults = [{ name: "a.gif", times: 1, play: { kind: "answer" as const, status: 500 } }];
    const sandbox = await openSandbox({ script: { version: 1, faults } });
    const wrong = { headers: { "X-API-TOKEN": "wrong" } };
    expect((await postForm(sandbox, [filePart("a.gif")], wrong)).status).toBe(401);
    expect((await postForm(sandbox, [filePart("a.gif")])).status).toBe(500);
    expect((await postForm(sandbox, [filePart("a.gif")])).status).toBe(200);
  });
});

describe("a rate limit", () => {
  test.each([
    ["seconds", /^[1-9]\d*$/],
    ["date", / GMT$/],
    ["none", undefined],
  ] as const)("answers 429 with Retry-After as %s", async (retryAfter, pattern) => {
    const rateLimit = { perMinute: 1, burst: 2, retryAfter };
    const sandbox = await openSandbox({ script: { version: 1, rateLimit } });
    const [first, second, third] = await uploadThree(sandbox);
    expect([first.status, second.status, third.status]).toEqual([200, 200, 429]);
    const named = third.headers["retry-after"];
    if (pattern) expect(named).toMatch(pattern);
    else expect(named).toBeUndefined();
    expect(await heldNames(sandbox)).toEqual(["1.gif", "2.gif"]);
  });
});

test("a latency comes before every answer of the API, and ends when the sandbox closes", async () => {
  const sandbox = await startSandbox({ script: { version: 1, latencyMs: 60_000 } });
  const waiting = [
    postForm(sandbox, [filePart("a.gif")]),
    send(`${sandbox.url}/API/v3/whoami`, { headers: { "X-API-TOKEN": sandbox.token } }),
  ];
  await expect.poll(() => heldNames(sandbox)).toEqual(["a.gif"]);
  expect((await requestLog(sandbox)).map(({ status }) => status)).toEqual([null, null]);
  await sandbox.close();
  for (const seen of await Promise.all(waiting)) expect(seen.failed).toBe("ECONNRESET");
});

test("many answers that wait at once are no warning of Node's", async () => {
  const sandbox = await openSandbox({ script: { version: 1, latencyMs: 50 } });
  const warnings: Error[] = [];
  const listen = (warning: Error) => warnings.push(warning);
  process.on("warning", listen);
  onTestFinished(() => void process.off("warning", listen));
  const uploads = Array.from({ length: 20 }, (_, n) => postForm(sandbox, [filePart(`${n}.gif`)]));
  await Promise.all(uploads);
  expect(warnings).toEqual([]);
});
