import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { decodeWindows1252, windows1252Character } from "../../src/manifest/text-encoding.ts";

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

it("keeps what is UTF-8 already", () => {
  const mixed = Buffer.concat([Buffer.from("Äpfel 桜 🌷 "), Buffer.from([0xc4, 0x70, 0x92])]);
  expect(decodeWindows1252(mixed)).toBe("Äpfel 桜 🌷 Äp’");
});

it("gives no text for bytes that have none", () => {
  expect(decodeWindows1252(Buffer.from([0x41, 0x81]))).toBeUndefined();
  expect(decodeWindows1252(Buffer.from([0x41, 0xe4, 0x00]))).toBeUndefined();
});
