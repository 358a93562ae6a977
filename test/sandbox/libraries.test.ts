import { expect, test } from "vitest";
import { z } from "zod";
import { startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { exchange, openSandbox, send } from "./sandbox-client.ts";

const pageSchema = z.object({
  result: z.object({
    elements: z.array(z.strictObject({ libraryId: z.string(), libraryName: z.string() })),
    nextPage: z.url().nullable(),
  }),
});

test("libraries come in pages whose next one is an absolute URL on the host that was asked", async () => {
  const { url, token } = await openSandbox();
  const ids: string[] = [];
  const pages: string[] = [];
  let next: string | null = `${url.replace("127.0.0.1", "localhost")}/API/v3/libraries`;
  while (next !== null) {
    pages.push(next);
    const seen = await send(next, { headers: { "X-API-TOKEN": token } });
    const { result } = pageSchema.parse(JSON.parse(seen.text));
    ids.push(...result.elements.map(({ libraryId }) => libraryId));
    next = result.nextPage;
  }
  expect(ids).toEqual(["UR_Sandbox000001", "GR_Sandbox000002"]);
  expect(new Set(pages.map((page) => new URL(page).origin)).size).toBe(1);
});

test("a client that names no host is led to the address it reached", async () => {
  const { url, token } = await openSandbox();
  const text = await exchange(
    url,
    `GET /API/v3/libraries HTTP/1.0\r\nX-API-TOKEN: ${token}\r\n\r\n`,
  );
  const body = JSON.parse(text.slice(text.indexOf("\r\n\r\n")));
  expect(pageSchema.parse(body).result.nextPage).toMatch(`${url}/`);
});

test("an offset past the end, or none at all, is an empty last page or the first", async () => {
  const { url, token } = await openSandbox();
  const page = async (offset: string) => {
    const seen = await send(`${url}/API/v3/libraries?offset=${offset}`, {
      headers: { "X-API-TOKEN": token },
    });
    return pageSchema.parse(JSON.parse(seen.text)).result;
  };
  expect(await page("9")).toEqual({ elements: [], nextPage: null });
  expect((await page("x")).elements).toHaveLength(1);
});

test("whoami names the personal library as the user's id", async () => {
  const { url, token, library } = await openSandbox({ library: "UR_abcdefghijk" });
  const seen = await send(`${url}/API/v3/whoami`, { headers: { "X-API-TOKEN": token } });
  expect(library).toBe("UR_abcdefghijk");
  expect(JSON.parse(seen.text).result).toEqual({
    brandId: "sandbox",
    userId: "UR_abcdefghijk",
    userName: "sandbox@example.com",
    accountType: "UT_BRANDADMIN",
    firstName: "Sandbox",
    lastName: "User",
    email: "sandbox@example.com",
    datacenter: "sandbox",
  });
});

test("an id no library can have is refused at the start", async () => {
  await expect(startSandbox({ library: "UR_short" })).rejects.toMatchObject({
    code: "BAD_LIBRARY_ID",
  });
});
