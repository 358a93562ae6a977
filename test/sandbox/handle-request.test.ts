import { once } from "node:events";
import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { createFaultChooser } from "../../src/sandbox/choose-fault.ts";
import { handleRequest } from "../../src/sandbox/handle-request.ts";
import { listLibraries } from "../../src/sandbox/libraries.ts";
import { createMemoryStore } from "../../src/sandbox/memory-store.ts";
import { createRequestLog } from "../../src/sandbox/request-log.ts";
import type { SandboxState } from "../../src/sandbox/sandbox-state.ts";
import { checkFaultScript } from "../../src/sandbox/script.ts";
import { BOUNDARY, filePart, form, send } from "./sandbox-client.ts";

function createState(): SandboxState {
  const script = checkFaultScript({
    version: 1,
    faults: [{ upload: 1, play: { kind: "answer", status: 307, location: "http://a/" } }],
  });
  // What no script can hold, put in behind its check.
  for (const { play } of script.faults) Object.assign(play, { location: "http://a/漢" });
  return {
    token: "token",
    libraries: listLibraries(undefined),
    store: createMemoryStore(),
    log: createRequestLog(),
    script,
    faults: createFaultChooser(script),
    rateLimit: undefined,
    closing: new AbortController().signal,
  };
}

test("an answer that HTTP cannot carry becomes a 500, and the next request is answered", async () => {
  const state = createState();
  const handled: Promise<void>[] = [];
  const server = createServer((request, response) => {
    handled.push(handleRequest(state, request, response));
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const post = () =>
    send(`http://127.0.0.1:${port}/API/v3/libraries/UR_Sandbox000001/graphics`, {
      method: "POST",
      headers: {
        "X-API-TOKEN": "token",
        "Content-Type": `multipart/form-data; boundary=${BOUNDARY}`,
      },
      body: form([filePart("a.gif")]),
      signal: AbortSignal.timeout(4000),
    });
  const seen = await post();
  expect(seen.status).toBe(500);
  expect(seen.text).toContain("ASSUMED_SANDBOX_FAULT");
  expect((await post()).status).toBe(200);
  expect(state.log.list().map(({ status }) => status)).toEqual([500, 200]);
  expect(await Promise.all(handled)).toHaveLength(2);
});
