import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/start-sandbox.ts";
import { clientScript, runClient, whyMissing } from "./external-client.ts";
import { GIF, graphicsUrl, heldGraphics, idIn, openSandbox, requestLog } from "./sandbox-client.ts";

const noCurl = whyMissing("curl", ["--version"]);
const noPython = whyMissing("python3", ["--version"]);
const noRequests = whyMissing("python3", ["-c", "import requests"]);

const AWKWARD_NAMES = [
  "sommer, 2024; müde.jpg",
  "日本語 🎉.jpg",
  "it's (1) & [2] = 100%.jpg",
  "two  spaces.jpg",
];

let folder: string;
let picture: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "qgfx-sandbox-"));
  picture = join(folder, "pic_1.png");
  await writeFile(picture, GIF);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function statusAndBody(stdout: string): { status: number; text: string } {
  const [status = "", ...rest] = stdout.split("\n");
  return { status: Number(status), text: rest.join("\n") };
}

async function sendWithRequests(sandbox: Sandbox, name: string, to: string, how: string) {
  const args = [`${graphicsUrl(sandbox)}/`, sandbox.token, picture, name, to, how];
  return statusAndBody(await runClient("python3", [clientScript("requests_upload.py"), ...args]));
}

async function sendWithCurl(sandbox: Sandbox, forms: string[], more: string[] = []) {
  const stdout = await runClient("curl", [
    ...["--silent", "--show-error", "--max-time", "10", "--write-out", "\n%{http_code}"],
    ...["--request", "POST", "--url", graphicsUrl(sandbox)],
    ...["--header", `X-API-TOKEN: ${sandbox.token}`],
    ...more,
    ...forms.flatMap((field) => ["--form", field]),
  ]);
  const cut = stdout.lastIndexOf("\n");
  return { text: stdout.slice(0, cut), status: Number(stdout.slice(cut + 1)) };
}

describe.skipIf(noRequests)(`Python requests (${noRequests ?? "runs"})`, () => {
  test("a folder given as a bare string goes as a file part, and the image is Uncategorized", async () => {
    const sandbox = await openSandbox();
    const seen = await sendWithRequests(sandbox, "a.jpg", "Summer", "string");
    expect(seen.status).toBe(200);
    expect(await heldGraphics(sandbox)).toMatchObject([
      { id: idIn(seen), name: "a.jpg", folder: "Uncategorized", contentType: "image/jpeg" },
    ]);
    expect((await requestLog(sandbox))[0]?.parts).toContainEqual({
      part: "folder",
      understood: "folder came as a file part: ignored, as the real service does",
    });
  });

  test("a folder given as (None, folder) goes as text, and the image lands there", async () => {
    const sandbox = await openSandbox();
    const seen = await sendWithRequests(sandbox, "a.jpg", "Sömmer 🎉", "tuple");
    expect(seen.status).toBe(200);
    expect(await heldGraphics(sandbox)).toMatchObject([
      { id: idIn(seen), libraryId: sandbox.library, name: "a.jpg", folder: "Sömmer 🎉", bytes: 42 },
    ]);
  });

  test("awkward names arrive exactly", async () => {
    const sandbox = await openSandbox();
    for (const name of AWKWARD_NAMES) await sendWithRequests(sandbox, name, "X", "tuple");
    expect((await heldGraphics(sandbox)).map(({ name }) => name)).toEqual(AWKWARD_NAMES);
  });

  test("a quote arrives, for which requests writes %22", async () => {
    const sandbox = await openSandbox();
    await sendWithRequests(sandbox, 'a "b".jpg', "X", "tuple");
    expect(await heldGraphics(sandbox)).toMatchObject([{ name: 'a "b".jpg' }]);
  });
});

describe.skipIf(noPython)(`Python http.client (${noPython ?? "runs"})`, () => {
  test("a hand-built file part without a Content-Type gets MFDP_3", async () => {
    const sandbox = await openSandbox();
    const { hostname, port, pathname } = new URL(graphicsUrl(sandbox));
    const seen = statusAndBody(
      await runClient("python3", [
        clientScript("http_client_upload.py"),
        ...[hostname, port, pathname, sandbox.token],
      ]),
    );
    expect(seen.status).toBe(400);
    expect(JSON.parse(seen.text)).toEqual({
      meta: {
        httpStatus: "400 - Bad Request",
        error: {
          errorMessage: "Missing Content-Type for file part. name=file",
          errorCode: "MFDP_3",
        },
        requestId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      },
    });
    expect(await heldGraphics(sandbox)).toEqual([]);
  });
});

describe.skipIf(noCurl)(`curl (${noCurl ?? "runs"})`, () => {
  const handSet = "Content-Type: multipart/form-data; boundary=---011000010111000001101001";

  test("with a hand-set boundary before its own the upload works: the last one counts", async () => {
    const sandbox = await openSandbox();
    const forms = [`file=@${picture}`, "folder=foldername"];
    const seen = await sendWithCurl(sandbox, forms, ["--header", handSet]);
    expect(seen.status).toBe(200);
    expect(await heldGraphics(sandbox)).toMatchObject([
      { id: idIn(seen), name: "pic_1.png", folder: "foldername", contentType: "image/png" },
    ]);
  });

  test("awkward names arrive exactly", async () => {
    const sandbox = await openSandbox();
    for (const name of AWKWARD_NAMES) {
      await sendWithCurl(sandbox, [`file=@${picture};filename="${name}"`, "folder=X"]);
    }
    expect((await heldGraphics(sandbox)).map(({ name }) => name)).toEqual(AWKWARD_NAMES);
  });

  test.each([
    ["percent" as const, ['a \\"b\\" \\\\ c.gif', 'a "b" \\ c.gif']],
    ["backslash" as const, ['a "b" \\ c.gif', "a %22b%22 \\ c.gif"]],
  ])(
    "of quotes with --form-escape and without, a sandbox that reads %s undoes one",
    async (nameQuotes, names) => {
      const sandbox = await openSandbox({ script: { version: 1, nameQuotes } });
      const field = `file=@${picture};filename="a \\"b\\" \\\\ c.gif"`;
      await sendWithCurl(sandbox, [field], ["--form-escape"]);
      await sendWithCurl(sandbox, [field]);
      expect((await heldGraphics(sandbox)).map(({ name }) => name)).toEqual(names);
    },
  );

  test("a remote upload is refused, and marked as assumed", async () => {
    const sandbox = await openSandbox();
    const forms = ["name=a.png", "fileUrl=http://127.0.0.1/a.png", "contentType=image/png"];
    const seen = await sendWithCurl(sandbox, [...forms, "folder=X"]);
    expect(seen.status).toBe(400);
    expect(seen.text).toContain("ASSUMED_REMOTE_UPLOAD");
  });
});
