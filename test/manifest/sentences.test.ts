import { describe, expect, it } from "vitest";
import { checkManifest } from "../../src/manifest/check-manifest.ts";
import { parseCsv } from "../../src/manifest/parse-csv.ts";
import { parseManifest } from "../../src/manifest/parse-manifest.ts";
import { parseYaml } from "../../src/manifest/parse-yaml.ts";
import { decoded } from "./decoded.ts";

function sentences(file: string, text: string): string[] {
  const parse = file.endsWith(".csv") ? parseCsv : parseYaml;
  const { manifest, diagnostics } = parse(file, decoded(text), undefined);
  return [...diagnostics, ...(manifest ? checkManifest(manifest) : [])].map(
    ({ message, hint }) => `${message} | ${hint}`,
  );
}

describe("what the user reads", () => {
  it("of a file in windows-1252", async () => {
    const text = Buffer.from("path;name;folder\r\na.png;A;F\r\nb.png;Äpfel;F\r\n", "latin1");
    const { diagnostics } = await parseManifest("m.csv", text, {});
    expect(diagnostics.map(({ message, hint }) => `${message} | ${hint}`)).toMatchInlineSnapshot(`
      [
        "the text is not UTF-8; as windows-1252 it has 'Äpfel' | 'qgfx validate --fix' saves it as UTF-8; in Excel, save it as 'CSV UTF-8'",
      ]
    `);
  });

  it("of a header without paths", () => {
    expect(sentences("m.csv", "filenames,folder\na,F\n")).toMatchInlineSnapshot(`
      [
        "no 'path' column; found 'filenames', 'folder' | rename 'filenames' to 'path' if it lists the images",
      ]
    `);
  });

  it("of a quote left open", () => {
    const csv = 'path,notes,folder\na.png,"one\ntwo",F\nb.png,"open,F\nc.png,,F\n';
    expect(sentences("m.csv", csv)).toMatchInlineSnapshot(`
      [
        "the double quote that opens a cell in line 4 is not closed | close the quote at the end of the cell, or remove it",
      ]
    `);
  });

  it("of names and folders that look alike", () => {
    const csv = "path,name,folder\na.png,Sun,F\nb.png,Su\u200Bn,F\nc.png,sun,F\nd.png,D,F\u200B\n";
    expect(sentences("m.csv", csv)).toMatchInlineSnapshot(`
      [
        "lines 2 and 5 have folders that look alike: 'F' and 'F\\u{200B}' differ in invisible characters (U+200B) | write them alike; 'qgfx validate --fix' does it",
        "lines 2 and 3 have names that look alike: 'Sun' and 'Su\\u{200B}n' differ in invisible characters (U+200B) | give one of them another name, or delete its row if it is the same image",
        "lines 2 and 4 have names that look alike: 'Sun' and 'sun' differ in case | give one of them another name, or delete its row if it is the same image",
      ]
    `);
  });

  it("of two rows with one address", () => {
    expect(sentences("m.csv", "path,folder\nx/a.png,F\ny/a.png,F\n")).toMatchInlineSnapshot(`
      [
        "lines 2 and 3 both put 'a.png' into the folder 'F' | give one of the two another name or folder, or delete it",
      ]
    `);
  });

  it("of characters nobody sees", () => {
    const csv = "path,name,folder\na.png,gnp.\u202Ea,F\nb.png,B\u0000,F\n";
    expect(sentences("m.csv", csv)).toMatchInlineSnapshot(`
      [
        "the name 'gnp.\\u{202E}a' contains the bidirectional control character U+202E | remove the character, it is number 5 of the name",
        "the name 'B\\u{0}' contains the control character U+0000 | remove the character, it is number 2 of the name",
      ]
    `);
  });

  it("of YAML that holds other than text", () => {
    const yaml =
      "version: 1\ngraphics:\n  - path: a.png\n    name: 2024\n    fodler: F\n    folder: F\n";
    expect(sentences("m.yaml", yaml)).toMatchInlineSnapshot(`
      [
        "name is the number 2024, expected text | put it in quotes: name: '2024'",
        "unknown key 'fodler', expected path, name, contentType or folder | write 'folder'",
      ]
    `);
  });

  it("of a YAML value with a colon", () => {
    const yaml = "version: 1\ngraphics:\n  - path: a.png\n    name: Apples: red\n";
    expect(sentences("m.yaml", yaml)).toMatchInlineSnapshot(`
      [
        "a value with a colon and a space in it looks like a key: 'name: Apples: red' | put the value in single quotes",
      ]
    `);
  });
});
