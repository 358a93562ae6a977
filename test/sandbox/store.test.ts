import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { openFolderStore, openIndex } from "../../src/sandbox/folder-store.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { createMemoryStore, StoreFullError } from "../../src/sandbox/store.ts";
import {
  filePart,
  folderPart,
  GIF,
  graphicsUrl,
  heldGraphics,
  heldNames,
  idIn,
  openSandbox,
  postForm,
  send,
} from "./sandbox-client.ts";

let storeDir: string;
let indexFile: string;

beforeEach(async () => {
  storeDir = await mkdtemp(join(tmpdir(), "qgfx-sandbox-store-"));
  indexFile = join(storeDir, "graphics.ndjson");
  onTestFinished(() => rm(storeDir, { recursive: true, force: true }));
});

/** Uploads in one sandbox that is closed again; gives the ids. */
async function fill(names: readonly string[]): Promise<string[]> {
  const sandbox = await startSandbox({ storeDir });
  const ids: string[] = [];
  for (const name of names) ids.push(idIn(await postForm(sandbox, [filePart(name)])));
  await sandbox.close();
  return ids;
}

function view(sandbox: Sandbox, id: string) {
  return send(`${sandbox.url}/ControlPanel/Graphic.php?IM=${id}`);
}

describe("a store folder", () => {
  test("gives the next sandbox what the last one held, byte for byte", async () => {
    const first = await startSandbox({ storeDir });
    const id = idIn(await postForm(first, [filePart("müde 🎉.gif"), folderPart("Größe")]));
    const gone = idIn(await postForm(first, [filePart("gone.gif")]));
    const headers = { "X-API-TOKEN": first.token };
    await send(`${graphicsUrl(first)}/${gone}`, { method: "DELETE", headers });
    const held = await heldGraphics(first);
    await first.close();
    const second = await openSandbox({ storeDir });
    expect(await heldGraphics(second)).toEqual(held);
    expect(held).toMatchObject([{ id, name: "müde 🎉.gif", folder: "Größe" }]);
    expect((await view(second, id)).bytes.equals(GIF)).toBe(true);
    expect((await view(second, gone)).status).toBe(404);
    expect(await readdir(join(storeDir, "images"))).toEqual([`${id}.gif`]);
  });

  test("holds a graphic as soon as its upload is answered", async () => {
    const sandbox = await openSandbox({ storeDir });
    const sent = Array.from({ length: 30 }, async (_, index) => {
      const id = idIn(await postForm(sandbox, [filePart(`${index}.gif`)]));
      expect(await readFile(indexFile, "utf8")).toContain(id);
      expect(await readFile(join(storeDir, "images", `${id}.gif`))).toEqual(GIF);
    });
    await Promise.all(sent);
    expect(await heldGraphics(sandbox)).toHaveLength(30);
  });

  test("cut anywhere in its last record keeps the others and takes new ones", async () => {
    await fill(["a.gif", "b.gif"]);
    const whole = await readFile(indexFile);
    const lastStart = whole.indexOf("\n") + 1;
    for (let cut = lastStart; cut < whole.length - 1; cut += 17) {
      await writeFile(indexFile, whole);
      await truncate(indexFile, cut);
      await fill(["c.gif"]);
      const sandbox = await openSandbox({ storeDir });
      expect(await heldNames(sandbox)).toEqual(["a.gif", "c.gif"]);
    }
  });

  test("whose last record only lacks its line break keeps that record", async () => {
    await fill(["a.gif", "b.gif"]);
    await truncate(indexFile, (await readFile(indexFile)).length - 1);
    await fill(["c.gif"]);
    expect(await heldNames(await openSandbox({ storeDir }))).toEqual(["a.gif", "b.gif", "c.gif"]);
  });

  test("with a record of another kind is refused by line, and left as it is", async () => {
    await fill(["a.gif"]);
    await appendFile(indexFile, '{"version":2}\n');
    const before = await readFile(indexFile, "utf8");
    await expect(startSandbox({ storeDir })).rejects.toMatchObject({
      name: "UserError",
      code: "SANDBOX_STORE_DAMAGED",
      message: expect.stringContaining(`line 2 of '${indexFile}'`),
    });
    expect(await readFile(indexFile, "utf8")).toBe(before);
  });

  test.each([
    ["no JSON", "alias ll='ls -l'\n"],
    ["no JSON and no end", "alias ll='ls -l'"],
    ["half a record, in the middle", '{"version":1,"event":"sto\n{}\n'],
    ["JSON of another kind, and no end", "{}"],
  ])("with a line that is %s is refused, and left as it is", async (_, line) => {
    await fill(["a.gif"]);
    await appendFile(indexFile, line);
    const before = await readFile(indexFile, "utf8");
    await expect(startSandbox({ storeDir })).rejects.toMatchObject({
      code: "SANDBOX_STORE_DAMAGED",
      message: expect.stringContaining(`line 2 of '${indexFile}'`),
    });
    expect(await readFile(indexFile, "utf8")).toBe(before);
  });

  test.each(["text/html", "image/gif\r\nX: y"])(
    "with a graphic of the type %j is refused",
    async (contentType) => {
      await fill(["a.gif"]);
      const record = JSON.parse(await readFile(indexFile, "utf8"));
      record.graphic.contentType = contentType;
      await writeFile(indexFile, `${JSON.stringify(record)}\n`);
      await expect(startSandbox({ storeDir })).rejects.toMatchObject({
        code: "SANDBOX_STORE_DAMAGED",
        message: expect.stringContaining(`line 1 of '${indexFile}'`),
      });
    },
  );

  test("with a torn record is not written before something is stored", async () => {
    await fill(["a.gif"]);
    await appendFile(indexFile, '{"version":1,"eve');
    const before = await readFile(indexFile, "utf8");
    await fill([]);
    expect(await readFile(indexFile, "utf8")).toBe(before);
    await fill(["b.gif"]);
    const lines = (await readFile(indexFile, "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).graphic.name)).toEqual(["a.gif", "b.gif"]);
  });

  test("that is a file is refused", async () => {
    const file = join(storeDir, "file");
    await writeFile(file, "");
    await expect(startSandbox({ storeDir: file })).rejects.toMatchObject({
      name: "UserError",
      code: "SANDBOX_STORE_UNUSABLE",
    });
  });

  test("that can no longer be written gets an upload 500, and the sandbox lives on", async () => {
    const sandbox = await openSandbox({ storeDir });
    await rm(join(storeDir, "images"), { recursive: true });
    const seen = await postForm(sandbox, [filePart("a.gif")]);
    expect(seen.status).toBe(500);
    expect(seen.text).toContain("ASSUMED_SANDBOX_FAULT");
    expect(await heldGraphics(sandbox)).toEqual([]);
  });
});

/** Stands for any file of the user's that a stranger's folder may point to. */
async function openPrivateFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "qgfx-private-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe("a store folder a stranger made", () => {
  test.each([
    ["of another file", ""],
    ["of a file that is not there yet", undefined],
  ])("with its index a link %s is refused, and nothing is written there", async (_, held) => {
    const target = join(await openPrivateFolder(), "profile");
    if (held !== undefined) await writeFile(target, held);
    await symlink(target, indexFile);
    await expect(startSandbox({ storeDir })).rejects.toMatchObject({
      name: "UserError",
      code: "SANDBOX_STORE_DAMAGED",
      message: expect.stringContaining(`'${indexFile}' is a link`),
    });
    expect(await readFile(target, "utf8").catch(() => undefined)).toBe(held);
  });

  test.each<[string, () => unknown]>([
    ["a folder", () => mkdir(indexFile)],
    ["a named pipe", () => execFileSync("mkfifo", [indexFile])],
  ])("with %s for its index is refused, without waiting", async (kind, make) => {
    await make();
    await expect(startSandbox({ storeDir })).rejects.toMatchObject({
      code: "SANDBOX_STORE_DAMAGED",
      message: expect.stringContaining(`'${indexFile}' is ${kind}`),
    });
  });

  test.each<[string, (images: string) => Promise<void>]>([
    ["a link", async (images) => symlink(await openPrivateFolder(), images)],
    ["a link", async (images) => symlink(join(storeDir, "nothing"), images)],
    ["a file", (images) => writeFile(images, "")],
  ])("with %s for its folder of pictures is refused", async (kind, make) => {
    const images = join(storeDir, "images");
    await make(images);
    await expect(startSandbox({ storeDir })).rejects.toMatchObject({
      code: "SANDBOX_STORE_DAMAGED",
      message: expect.stringContaining(`'${images}' is ${kind}`),
    });
  });

  test.each<[string, (picture: string) => unknown]>([
    ["is gone", () => undefined],
    [
      "is a link",
      async (picture) => {
        const target = join(await openPrivateFolder(), "key");
        await writeFile(target, "private");
        await symlink(target, picture);
      },
    ],
    ["is a named pipe", (picture) => execFileSync("mkfifo", [picture])],
  ])("does not serve a picture that %s", async (_, make) => {
    const [id = ""] = await fill(["a.gif"]);
    const picture = join(storeDir, "images", `${id}.gif`);
    await rm(picture);
    await make(picture);
    const seen = await view(await openSandbox({ storeDir }), id);
    expect(seen.status).toBe(404);
    expect(seen.text).toContain("ASSUMED_UNKNOWN_GRAPHIC");
  });
});

test("a put has returned only when its record is in the index", () => {
  const store = openFolderStore(storeDir);
  onTestFinished(() => store.close());
  const id = "IM_abcdefghijklmno";
  const graphic = { id, libraryId: "UR_Sandbox000001", name: "a.gif", folder: "X" };
  const content = { contentType: "image/gif" as const, bytes: GIF.length, sha256: "0".repeat(64) };
  store.put({ ...graphic, ...content }, GIF);
  expect(readFileSync(indexFile, "utf8")).toContain(id);
});

test("a line that cannot be written is told to its sender, and what it tells is not held", async () => {
  await fill(["a.gif"]);
  const readOnly = openSync(indexFile, "r");
  onTestFinished(() => closeSync(readOnly));
  const index = openIndex(readOnly, indexFile);
  const [id = ""] = index.graphics.keys();
  for (const _ of ["a", "b"]) {
    expect(() => index.append({ version: 1, event: "deleted", id })).toThrow(/EBADF|EINVAL/);
  }
  expect([...index.graphics.keys()]).toEqual([id]);
});

test("a full memory store keeps what it has and takes what it holds already", () => {
  const store = createMemoryStore(2_000);
  const graphic = (id: string, sha256: string) => ({
    ...{ id, sha256, libraryId: "UR_Sandbox000001", name: "a.gif", folder: "X" },
    ...{ contentType: "image/gif" as const, bytes: 800 },
  });
  const bytes = Buffer.alloc(800);
  store.put(graphic("IM_1", "one"), bytes);
  expect(() => store.put(graphic("IM_2", "two"), bytes)).toThrow(StoreFullError);
  store.put(graphic("IM_3", "one"), bytes);
  expect(store.list().map(({ id }) => id)).toEqual(["IM_1", "IM_3"]);
});
