import { parseMultipart } from "@remix-run/multipart-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_FOLDER } from "../../src/manifest/manifest.ts";
import { counted } from "../support/counts.ts";
import { uploadOf } from "./clients.ts";
import { pictureName } from "./picture-name.ts";

function boundaryOf(contentType: string): string {
  return /^multipart\/form-data; boundary=([0-9a-f-]{36})$/.exec(contentType)?.[1] ?? "";
}

/** The parts as @remix-run/multipart-parser sees them. */
function partsOf({ contentType, body }: { contentType: string; body: Buffer }) {
  const boundary = boundaryOf(contentType);
  return [...parseMultipart(body, { boundary })].map((part) => ({
    headers: part.headers,
    name: part.name,
    filename: part.filename,
    bytes: Buffer.from(part.bytes),
  }));
}

test.each([
  [undefined, "say %22é\\%22"],
  ["percent" as const, "say %22é\\%22"],
  ["backslash" as const, 'say \\"é\\\\\\"'],
])("the body with names by %s, byte for byte", (nameQuotes, filename) => {
  const { contentType, body } = uploadOf(0, {
    name: 'say "é\\"',
    nameQuotes,
    folder: "Été",
    contentType: "image/gif",
    bytes: Buffer.from("GIF"),
  });
  const boundary = boundaryOf(contentType);
  expect(boundary).not.toBe("");
  expect(body.toString("utf8")).toBe(
    [
      `--${boundary}`,
      `Content-Disposition: form-data; name="file"; filename="${filename}"`,
      "Content-Type: image/gif",
      "",
      "GIF",
      `--${boundary}`,
      'Content-Disposition: form-data; name="folder"',
      "",
      "Été",
      `--${boundary}--`,
      "",
    ].join("\r\n"),
  );
});

test("names are sent as fetch and FormData send them", async () => {
  // Half a surrogate pair, which validation refuses, is not theirs to send.
  const names = fc
    .sample(pictureName(), counted(100, 5_000))
    .filter((name) => !/\p{Cs}/u.test(name));
  for (const name of names) {
    const form = new FormData();
    form.append("file", new Blob([]), name);
    const theirs = await new Response(form).text();
    const filename = /filename="(.*)"\r\n/;
    expect(filename.exec(uploadOf(0, { name }).body.toString())?.[1]).toBe(
      filename.exec(theirs)?.[1],
    );
  }
});

test("the default folder is named by leaving the part out", () => {
  const parts = partsOf(uploadOf(3, { folder: DEFAULT_FOLDER }));
  expect(parts.map((part) => part.name)).toEqual(["file"]);
});

test("no two boundaries are alike", () => {
  const boundaries = Array.from({ length: 1000 }, () => uploadOf(1).contentType);
  expect(new Set(boundaries).size).toBe(1000);
});

test.each(["a\rb", "a\nb", "a\r\nX-Other: 1", "a\0b"])("%j is refused as our bug", (text) => {
  expect(() => uploadOf(1, { name: text })).toThrow(/line break or NUL/);
  expect(() => uploadOf(1, { folder: text })).toThrow(/line break or NUL/);
});

test("the bytes sent are the caller's view, not the buffer under it", () => {
  const whole = Buffer.from("secret-PICTURE-secret");
  const [file] = partsOf(uploadOf(0, { bytes: whole.subarray(7, 14) }));
  expect(file?.bytes.toString()).toBe("PICTURE");
});

/**
 * @remix-run/multipart-parser 0.16 trims a quoted value and ends a header at U+2028 or U+2029, however
 * they are written: names with blanks at their ends or those characters cannot pass through it.
 */
test("a JavaScript parser reads names, folders and bytes back identically", () => {
  const readable = pictureName().filter(
    (name) => name.trim() === name && !/[\u2028\u2029]/.test(name),
  );
  fc.assert(
    fc.property(readable, pictureName(), fc.uint8Array(), (name, folder, bytes) => {
      const [file, text, ...more] = partsOf(
        uploadOf(0, { name, folder, bytes, nameQuotes: "backslash" }),
      );
      expect(file?.filename).toBe(name);
      expect(file?.headers["content-type"]).toBe("image/png");
      expect(file?.bytes.equals(bytes)).toBe(true);
      expect(text?.bytes.toString("utf8")).toBe(folder);
      expect(text?.filename).toBeUndefined();
      expect(text?.headers["content-type"]).toBeUndefined();
      expect(more).toEqual([]);
    }),
    { numRuns: Number(process.env.QGFX_NAMES ?? counted(100, 50_000)) },
  );
});
