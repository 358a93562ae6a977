import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type NameQuotes, readParts } from "../../src/sandbox/multipart.ts";
import { counted } from "../support/counts.ts";
import { BOUNDARY, filePart, folderPart, form, GIF, type RawPart } from "./sandbox-client.ts";

function filenameOf(disposition: string | Buffer, quotes?: NameQuotes): string | undefined {
  const part: RawPart = { headers: [disposition, "Content-Type: image/gif"], content: GIF };
  return readParts(form([part]), BOUNDARY, quotes)?.[0]?.filename;
}

const quoted = (name: string) => `Content-Disposition: form-data; name="file"; filename="${name}"`;

describe("a filename", () => {
  test.each([
    ["%22, as browsers write a quote", "a%22b\\%22.gif", 'a"b\\".gif'],
    ["a backslash before its end", "a\\", "a\\"],
    ["backslashes before quotes", 'a \\"b\\" \\\\.gif', 'a \\"b\\" \\\\.gif'],
    ["bare backslashes", "C:\\pictures\\new.gif", "C:\\pictures\\new.gif"],
    ["semicolons, equals signs and commas", "a; filename=b, c.gif", "a; filename=b, c.gif"],
    ["spaces around it", "  a.gif ", "  a.gif "],
    ["a line separator", "a\u2028b.gif", "a\u2028b.gif"],
    ["a byte order mark", "\ufeffa.gif", "\ufeffa.gif"],
    ["emoji and umlauts", "🎉 müde 日本.gif", "🎉 müde 日本.gif"],
    ["nothing", "", ""],
  ])("with %s is read as a person would", (_, written, name) => {
    expect(filenameOf(quoted(written))).toBe(name);
  });

  test.each([
    ["escaped quotes and backslashes", 'a \\"b\\" \\\\.gif', 'a "b" \\.gif'],
    ["bare backslashes", "C:\\pictures\\new.gif", "C:\\pictures\\new.gif"],
    ["%22", "a%22b.gif", "a%22b.gif"],
  ])("with %s is read by RFC 822 where the script says so", (_, written, name) => {
    expect(filenameOf(quoted(written), "backslash")).toBe(name);
  });

  test("without quotes ends at the semicolon", () => {
    expect(filenameOf("content-disposition:form-data;filename=a.gif ;name=file")).toBe("a.gif");
  });

  test("in Latin-1 is read as Latin-1", () => {
    expect(filenameOf(Buffer.from(quoted("müde.gif"), "latin1"))).toBe("müde.gif");
  });

  test("filename* counts alone, and not beside filename", () => {
    const extended = "filename*=UTF-8''%e2%82%ac%20a.gif";
    const start = 'Content-Disposition: form-data; name="file"';
    expect(filenameOf(`${start}; ${extended}`)).toBe("€ a.gif");
    expect(filenameOf(`${start}; ${extended}; filename="b.gif"`)).toBe("b.gif");
    expect(filenameOf(`${start}; filename*=UTF-8''%e2%82`)).toBeUndefined();
  });

  test("in a folded header is read", () => {
    expect(filenameOf('Content-Disposition: form-data; name="file";\r\n filename="a.gif"')).toBe(
      "a.gif",
    );
  });

  test("any text written by RFC 822's rules is read back", () => {
    const line = fc.string({ unit: "binary" }).filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(line, (name) => {
        expect(filenameOf(quoted(name.replace(/["\\]/g, "\\$&")), "backslash")).toBe(name);
      }),
      { numRuns: counted(50, 5_000) },
    );
  });
});

describe("a body", () => {
  test("of any bytes is given back whole", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array(), { minLength: 1, maxLength: 4 }), (contents) => {
        const parts = contents.map((bytes) => filePart("a.gif", "image/gif", Buffer.from(bytes)));
        const read = readParts(form(parts), BOUNDARY);
        expect(read?.map(({ bytes }) => [...bytes])).toEqual(contents.map((bytes) => [...bytes]));
      }),
      { numRuns: counted(50, 5_000) },
    );
  });

  test("shows which headers a part lacks", () => {
    expect(readParts(form([folderPart("X")]), BOUNDARY)).toEqual([
      { name: "folder", filename: undefined, contentType: undefined, bytes: Buffer.from("X") },
    ]);
  });

  test("may have text before its first boundary and after its last", () => {
    const body = Buffer.concat([Buffer.from("hello\r\n"), form([folderPart("X")])]);
    expect(readParts(Buffer.concat([body, Buffer.from("\r\nbye")]), BOUNDARY)).toHaveLength(1);
  });

  test.each([
    ["is empty", Buffer.alloc(0)],
    ["has another boundary", form([folderPart("X")], "other")],
    ["ends before its last boundary", form([folderPart("X")]).subarray(0, -10)],
    ["has more than 32 parts", form(Array.from({ length: 33 }, () => folderPart("X")))],
    ["is only boundaries", Buffer.from(`--${BOUNDARY}--${BOUNDARY}`.repeat(3))],
  ])("that %s is malformed or has no parts", (_, body) => {
    expect(readParts(body, BOUNDARY) ?? []).toEqual([]);
  });
});
