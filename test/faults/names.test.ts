import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_FOLDER } from "../../src/manifest/manifest.ts";
import { createClient } from "../../src/qualtrics/client.ts";
import { uploadOf } from "../qualtrics/clients.ts";
import { pictureName } from "../qualtrics/picture-name.ts";
import { openWorkplace } from "../support/workplace.ts";
import { eachOf, SEED, tell, times } from "./support/programme.ts";

const NAMES = times(25_000, 75);

// A name that holds a %22 of its own arrives with a quote, whoever sends it as browsers do.
const asRead = (name: string) => name.replace(/%22|%0D|%0A/g, decodeURIComponent);

test.each([
  ["percent" as const, asRead],
  ["backslash" as const, (name: string) => name],
])("names sent by %s and folders come back from the sandbox", async (nameQuotes, read) => {
  const place = await openWorkplace({ script: { version: 1, nameQuotes } });
  const { url, token, library } = place.sandbox;
  const client = createClient({
    baseUrl: url,
    token,
    library,
    connections: 16,
    userAgent: "qgfx/test",
  });
  const pairs = fc.sample(fc.tuple(pictureName(), pictureName()), { seed: SEED, numRuns: NAMES });
  const bytes = Buffer.from("GIF89a");
  const ids = await eachOf(pairs, 16, async ([name, folder]) => {
    const answer = await client.upload(
      uploadOf(0, { name, folder, contentType: "image/gif", bytes, nameQuotes }),
    );
    return answer.kind === "answered" ? answer.graphicId : answer.message;
  });
  await client.close();
  const held = new Map((await place.held()).map((graphic) => [graphic.id, graphic]));
  const wrong = pairs.filter(([name, folder], index) => {
    const graphic = held.get(ids[index] ?? "");
    return graphic?.name !== read(name) || graphic.folder !== folder;
  });
  tell(`names, sandbox, ${nameQuotes}`, { pairs: NAMES, seed: SEED, wrong: wrong.length });
  expect(wrong).toEqual([]);
  expect(held.size).toBe(NAMES);
  expect(pairs.some(([, folder]) => folder === DEFAULT_FOLDER)).toBe(false);
});
