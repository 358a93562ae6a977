import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseManifest } from "../../src/manifest/parse-manifest.ts";
import { windows1252Character } from "../../src/manifest/text-encoding.ts";

it("decodes as the rest of the world does", (context) => {
  const all = Array.from({ length: 256 }, (_none, byte) => byte);
  const script =
    "import sys; sys.stdout.buffer.write(bytes(range(256)).decode('cp1252', 'replace').encode())";
  const python = tryPython(script);
  if (python === undefined) context.skip("no python3 to compare with");
  expect(all.map(windows1252Character).join("")).toBe(python);
});

function tryPython(script: string): string | undefined {
  try {
    return execFileSync("python3", ["-c", script], { encoding: "utf8" });
  } catch {
    return undefined;
  }
}

/** In an encoding of one byte a character. */
function encoded(text: string, encoding: string): Buffer {
  const decoder = new TextDecoder(encoding);
  const characterOf = (byte: number) =>
    encoding === "windows-1252" ? windows1252Character(byte) : decoder.decode(Uint8Array.of(byte));
  const bytes = new Map(Array.from({ length: 256 }, (_none, byte) => [characterOf(byte), byte]));
  return Buffer.from([...text].map((character) => bytes.get(character) ?? 0x3f));
}

/** Words in encodings that are often taken for one another; the last two are of two bytes a character. */
const TEXTS: readonly (readonly [encoding: string, bytes: Buffer, word: string])[] = [
  ["windows-1250", encoded("Łódź", "windows-1250"), "Łódź"],
  ["windows-1250", encoded("Žluťoučký kůň", "windows-1250"), "Žluťoučký kůň"],
  ["windows-1251", encoded("Привет", "windows-1251"), "Привет"],
  ["koi8-r", encoded("Привет мир", "koi8-r"), "Привет мир"],
  ["windows-1253", encoded("Καλημέρα", "windows-1253"), "Καλημέρα"],
  ["macintosh", encoded("Café über", "macintosh"), "Café über"],
  ["macintosh", encoded("Äpfel und Öl und niño", "macintosh"), "Äpfel und Öl und niño"],
  ["shift_jis", Buffer.from("93fa967b8cea", "hex"), "日本語"],
  ["gbk", Buffer.from("d5d5c6ac", "hex"), "照片"],
  ["gbk", Buffer.concat([Buffer.from("img"), Buffer.from("cec4", "hex")]), "img文"],
];

async function look(bytes: Buffer, encoding?: string) {
  const table = Buffer.concat([Buffer.from("path,name\r\na.png,"), bytes, Buffer.from("\r\n")]);
  const { manifest, diagnostics } = await parseManifest("m.csv", table, { encoding });
  const [problem] = diagnostics;
  return { name: manifest?.rows[0]?.name, problem };
}

describe("a table that is not UTF-8", () => {
  it.each(TEXTS)(
    "in %s (%#) is not taken for Windows-1252, and is read where it is named",
    async (encoding, bytes, word) => {
      const { problem } = await look(bytes);
      expect(problem).toMatchObject({ code: "MANIFEST_ENCODING", severity: "error", line: 2 });
      expect(problem?.repair).toBeUndefined();
      expect(problem?.hint).toContain("--encoding");
      expect((await look(bytes, encoding)).name).toBe(word);
    },
  );

  it.each([
    ["windows-1251", "Привет"],
    ["koi8-r", "Привет мир"],
    ["shift_jis", "日本語"],
  ])("in %s is told to be", async (encoding, word) => {
    const bytes = TEXTS.find(([name, , text]) => name === encoding && text === word)?.[1];
    const { problem } = await look(bytes ?? Buffer.alloc(0));
    expect(problem?.message).toContain(`it may be ${encoding}, which has '${word}' there`);
  });

  it.each([
    ["windows-1250", "Žluťoučký kůň"],
    ["windows-1253", "Καλημέρα"],
    ["windows-1254", "İstanbul Şişli"],
    ["windows-1256", "مرحبا"],
    ["windows-1257", "Šiauliai"],
    ["windows-874", "สวัสดี ฤดูใบไม้ผลิ"],
    ["x-mac-cyrillic", "Привет мир"],
    ["ibm866", "Привет мир"],
    ["euc-jp", "東京 春の花", "c5ecb5fe20bdd5a4ceb2d6"],
    ["euc-kr", "봄꽃 서울", "babdb2c920bcadbfef"],
    ["big5", "春天的花", "ac4ba4d1aabaaae1"],
  ])("in %s is told to be, too: %s", async (encoding, word, hex = "") => {
    const bytes = hex === "" ? encoded(word, encoding) : Buffer.from(hex, "hex");
    const { problem } = await look(bytes);
    expect(problem?.message).toContain(`it may be ${encoding}, which has '${word}' there`);
  });

  it("is offered in all encodings that are as likely", async () => {
    const { problem } = await look(encoded("שלום אביב", "windows-1255"));
    expect(`${problem?.message} ${problem?.hint}`).toContain("windows-1255");
    expect(`${problem?.message} ${problem?.hint}`).toContain("'שלום אביב'");
  });

  it.each([
    ["windows-1250", "Łódź"],
    ["macintosh", "Größe"],
    ["windows-1252", "20 °C"],
  ])(
    "is not guessed to be another where a word tells too little: %s %s",
    async (encoding, word) => {
      const { problem } = await look(encoded(word, encoding));
      const named = /it may be ([\w-]+)/.exec(problem?.message ?? "")?.[1] ?? encoding;
      expect(`${named} ${problem?.hint}`).toContain(encoding);
    },
  );

  it("is UTF-8 but for a byte, and nobody is told to read the rest as something else", async () => {
    const text = Buffer.concat([
      Buffer.from("Früh\u2009春 "),
      Buffer.from([0xd8]),
      Buffer.from("l"),
    ]);
    const { problem } = await look(text);
    expect(problem?.message).toContain("the rest of the text is");
    expect(problem?.hint).not.toContain("--encoding");
  });

  it.each(["Äpfel", "Süße Früchte", "día", "„Haus“ – schön", "It’s Zoë"])(
    "is Windows-1252 where nothing else is likely: %s",
    async (word) => {
      const { problem } = await look(encoded(word, "windows-1252"));
      expect(problem?.repair).toMatchObject({
        kind: "encoding",
        text: expect.stringContaining(word),
      });
    },
  );

  it.each(["Forêt", "piñata", "Øl"])(
    "is asked for where Windows-1250 has another letter: %s",
    async (word) => {
      const { problem } = await look(encoded(word, "windows-1252"));
      expect(problem?.repair).toBeUndefined();
    },
  );

  it.each(["utf-16le", "utf-16be"])(
    "in %s without a mark is read where it is named",
    async (encoding) => {
      const text = Buffer.from("path,name\r\na.png,Größe 春\r\n", "utf16le");
      const bytes = encoding === "utf-16le" ? text : text.swap16();
      const { diagnostics } = await parseManifest("m.csv", bytes, {});
      expect(diagnostics[0]?.hint).toContain(`--encoding ${encoding}`);
      const { manifest } = await parseManifest("m.csv", bytes, { encoding });
      expect(manifest?.rows[0]?.name).toBe("Größe 春");
    },
  );

  it("may hold UTF-8 in other places", async () => {
    const { problem } = await look(
      Buffer.concat([Buffer.from("桜 🌷,"), encoded("Äpfel", "latin1")]),
    );
    expect(problem?.repair).toMatchObject({ text: expect.stringContaining("桜 🌷,Äpfel") });
  });

  it("is not what is named where it has bytes that the encoding does not have", async () => {
    const { problem } = await look(Buffer.from([0x41, 0x81, 0x41]), "windows-1252");
    expect(problem).toMatchObject({ code: "MANIFEST_ENCODING", severity: "error", line: 2 });
  });
});
