import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ASSUMED_ERRORS } from "../../src/sandbox/answer.ts";
import type { Sandbox } from "../../src/sandbox/start-sandbox.ts";
import {
  BOUNDARY,
  filePart,
  folderPart,
  form,
  graphicsUrl,
  heldGraphics,
  openSandbox,
  postForm,
  requestLog,
  type Seen,
  type Sent,
  send,
} from "./sandbox-client.ts";

const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

describe("errors as recorded", () => {
  test.each<[string, Sent, number, string, object]>([
    [
      "no token",
      {},
      400,
      "400 - Bad Request",
      {
        errorMessage: "Expected authorization in headers, but none provided.",
        errorCode: "ATP_2",
      },
    ],
    [
      "another token",
      { headers: { "X-API-TOKEN": "wrong" } },
      401,
      "401 - Unauthorized",
      { errorMessage: "Unrecognized X-API-TOKEN.", errorCode: "DCD_7" },
    ],
    [
      "an OAuth token it never gave",
      { headers: { Authorization: "Bearer wrong" } },
      401,
      "401 - Unauthorized",
      { errorMessage: "Unrecognized X-API-TOKEN.", errorCode: "DCD_7" },
    ],
  ])("%s", async (_, sent, status, httpStatus, error) => {
    const { url } = await openSandbox();
    const seen = await send(`${url}/API/v3/whoami`, sent);
    expect(seen.status).toBe(status);
    expect(seen.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(seen.text)).toEqual({ meta: { httpStatus, error, requestId: UUID } });
  });

  test.each(["/API/v3/surveys", "/API/v3/libraries/x/y", "//", "/nothing?a=b", "/API/V3/whoami"])(
    "an unknown route: %s",
    async (path) => {
      const { url } = await openSandbox();
      const seen = await send(`${url}${path}`);
      expect(seen.status).toBe(404);
      expect(JSON.parse(seen.text)).toEqual({
        meta: {
          httpStatus: "404 - Not Found",
          error: { errorMessage: "The requested resource does not exist." },
          requestId: UUID,
        },
      });
    },
  );

  test("a file part without a Content-Type of its own, filename or not", async () => {
    const sandbox = await openSandbox();
    const disposition = 'Content-Disposition: form-data; name="file"; filename="a.gif"';
    const field = {
      headers: ['Content-Disposition: form-data; name="contentType"'],
      content: "image/gif",
    };
    const seen = await postForm(sandbox, [{ headers: [disposition], content: "GIF" }, field]);
    expect(seen.status).toBe(400);
    expect(JSON.parse(seen.text).meta.error).toEqual({
      errorMessage: "Missing Content-Type for file part. name=file",
      errorCode: "MFDP_3",
    });
    expect((await requestLog(sandbox))[0]?.parts[0]?.understood).toContain(
      "without a Content-Type of its own",
    );
  });
});

describe("errors as assumed", () => {
  const nameless = {
    headers: ['Content-Disposition: form-data; name="file"', "Content-Type: image/gif"],
  };
  const json = { headers: { "Content-Type": "application/json" }, body: Buffer.from("{}") };
  const large = filePart("a.gif", "image/gif", randomBytes(5 * 1024 * 1024 + 1));
  const huge = filePart("a.gif", "image/gif", randomBytes(8 * 1024 * 1024));
  const notThere = { library: "UR_Nobody000001" };

  test.each<[keyof typeof ASSUMED_ERRORS, (sandbox: Sandbox) => Promise<Seen>]>([
    ["ASSUMED_UNKNOWN_LIBRARY", (s) => postForm({ ...s, ...notThere }, [filePart("a.gif")])],
    ["ASSUMED_UNKNOWN_GRAPHIC", (s) => send(`${s.url}/ControlPanel/Graphic.php?IM=IM_none`)],
    ["ASSUMED_WRONG_METHOD", (s) => send(graphicsUrl(s), { headers: { "X-API-TOKEN": s.token } })],
    ["ASSUMED_TOO_LARGE", (s) => postForm(s, [large])],
    ["ASSUMED_TOO_LARGE", (s) => postForm(s, [huge])],
    [
      "ASSUMED_MALFORMED_MULTIPART",
      (s) => postForm(s, [], { body: form([filePart("a.gif")], "other") }),
    ],
    [
      "ASSUMED_MALFORMED_MULTIPART",
      (s) =>
        postForm(s, [filePart("a.gif")], { headers: { "Content-Type": "multipart/form-data" } }),
    ],
    ["ASSUMED_NOT_MULTIPART", (s) => postForm(s, [], json)],
    ["ASSUMED_MISSING_FILE", (s) => postForm(s, [folderPart("X")])],
    ["ASSUMED_MISSING_FILENAME", (s) => postForm(s, [{ ...nameless, content: "GIF" }])],
    ["ASSUMED_MISSING_FILENAME", (s) => postForm(s, [filePart("")])],
    ["ASSUMED_BAD_TYPE", (s) => postForm(s, [filePart("a.webp", "image/webp")])],
  ])("%s", async (code, sendIt) => {
    const sandbox = await openSandbox();
    const seen = await sendIt(sandbox);
    const [status, message] = ASSUMED_ERRORS[code];
    expect(seen).toMatchObject({ status, failed: undefined });
    expect(JSON.parse(seen.text).meta).toEqual({
      httpStatus: expect.stringMatching(`^${status} - `),
      error: { errorCode: code, errorMessage: expect.stringContaining(message) },
      requestId: UUID,
    });
    expect(await heldGraphics(sandbox)).toEqual([]);
  });

  test("a body of unknown length gets 411 from the HTTP layer", async () => {
    const sandbox = await openSandbox();
    const seen = await postForm(sandbox, [filePart("a.gif")], {
      headers: { "Transfer-Encoding": "chunked" },
    });
    expect(seen.status).toBe(411);
    expect(seen.headers["content-type"]).toBe("text/html");
    expect(await heldGraphics(sandbox)).toEqual([]);
  });

  test("a body announced beyond all measure is refused without being read", async () => {
    const sandbox = await openSandbox();
    const seen = await postForm(sandbox, [filePart("a.gif")], {
      headers: { "Content-Length": String(1024 ** 4) },
    });
    expect(seen.status).toBe(413);
  });
});

describe("boundaries", () => {
  test.each([
    ["quoted", `multipart/form-data; boundary="${BOUNDARY}"`],
    ["given twice", `multipart/form-data; boundary=first; boundary=${BOUNDARY}`],
    ["in another case, among others", `Multipart/Form-Data;charset=utf-8;BOUNDARY=${BOUNDARY};a=b`],
  ])("%s are taken", async (_, contentType) => {
    const sandbox = await openSandbox();
    const seen = await postForm(sandbox, [filePart("a.gif")], {
      headers: { "Content-Type": contentType },
    });
    expect(seen.status).toBe(200);
  });
});
