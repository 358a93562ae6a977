import { once } from "node:events";
import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { handleRequest } from "../../src/sandbox/start-sandbox.ts";
import { createState, type SandboxState } from "../../src/sandbox/state.ts";
import { BOUNDARY, filePart, form, send } from "./sandbox-client.ts";

function openState(): SandboxState {
  const script = {
    version: 1 as const,
    faults: [{ upload: 1, play: { kind: "answer" as const, status: 307, location: "http://a/" } }],
  };
  const state = createState({ script, token: "token" }, new AbortController().signal);
  // What no script can hold, put in behind its check.
  for (const { play } of state.script.faults) Object.assign(play, { location: "http://a/漢" });
  return state;
}

test("an answer that HTTP cannot carry becomes a 500, and the next request is answered", async () => {
  const state = openState();
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
  expect(state.log.list(0).map(({ status }) => status)).toEqual([500, 200]);
  expect(await Promise.all(handled)).toHaveLength(2);
});
