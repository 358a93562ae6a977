import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { describe, expect, test } from "vitest";
import { readManifestBytes } from "../../src/files/read-file.ts";
import { RESULT_COLUMNS } from "../../src/manifest/manifest.ts";
import { parseManifest } from "../../src/manifest/parse-manifest.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";
import { tell, times } from "./support/programme.ts";
import { naughtyStrings, type SpectrumFile, spectrumFiles } from "./support/wire-corpora.ts";

interface Located {
  code: string;
  severity: string;
  line: number | null;
}

async function errorsOf(place: Workplace, manifest: string): Promise<Located[]> {
  const { code, stdout } = await place.qgfx("validate", manifest, "--json");
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Located[] };
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(code).toBe(errors.length > 0 ? 2 : 0);
  return errors;
}

describe("csv-spectrum", () => {
  /** The file's own text with a column of paths in front of it. */
  function withPaths({ csv }: SpectrumFile): { text: string; count: number } {
    const records = parse(csv, { raw: true, relax_quotes: true }) as unknown as { raw: string }[];
    const newline = csv.includes("\r\n") ? "\r\n" : "\n";
    const lines = records.map(({ raw }, index) => {
      const path = index === 0 ? "path" : `${index}.png`;
      return `${path},${raw.replace(/[\r\n]+$/, "")}${newline}`;
    });
    return { text: lines.join(""), count: records.length - 1 };
  }

  test.each(spectrumFiles())(
    "$name: own columns come back in the results, and those parse back",
    async (file) => {
      const place = await openWorkplace();
      const { text, count } = withPaths(file);
      for (let index = 1; index <= count; index += 1) place.write(`${index}.png`, png(index));
      place.write("m.csv", text);
      const errors = await errorsOf(place, "m.csv");
      const { code } = await place.qgfx("apply", "m.csv", "--yes", "--folder", "F");
      expect(errors).toEqual([]);
      expect(code).toBe(0);
      const results = parse(place.read("m.results.csv"), { columns: true }) as Record<
        string,
        string
      >[];
      expect(results.map((row) => without(row, "path", ...RESULT_COLUMNS))).toEqual(file.records);
      const [before, after] = await Promise.all(
        ["m.csv", "m.results.csv"].map(async (name) =>
          parseManifest(name, await readManifestBytes(join(place.dir, name)), {}),
        ),
      );
      expect(after?.manifest?.columns).toEqual(before?.manifest?.columns);
      expect(after?.manifest?.rows.map(({ cells }) => cells)).toEqual(
        before?.manifest?.rows.map(({ cells }) => cells),
      );
      const plan = await place.qgfx(
        "plan",
        "m.results.csv",
        "--json",
        "--folder",
        "F",
        "--ledger",
        "other.db",
      );
      expect(JSON.parse(plan.stdout).summary).toMatchObject({ unchanged: count, create: 0 });
      tell(`csv-spectrum, ${file.name}`, { records: count, refused: 0 });
    },
  );
});

function without(row: Record<string, string>, ...columns: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !columns.includes(column)));
}

/** The short form takes every fourth. */
function someStrings(): string[] {
  return naughtyStrings().filter((_, index) => index % times(1, 4) === 0);
}

interface Row {
  path: string;
  name: string;
  folder: string;
}

type Format = "csv" | "yaml";

/** Writes the rows; gives the line of each. */
function writeRows(place: Workplace, format: Format, rows: readonly Row[]): number[] {
  let line = format === "csv" ? 1 : 3;
  const header = format === "csv" ? "path,name,folder\n" : "version: 1\ngraphics:\n";
  let text = header;
  if (format === "csv") line += 1;
  const lines = rows.map(({ path, name, folder }) => {
    const row =
      format === "csv"
        ? stringify([[path, name, folder]], { quoted: true })
        : `  - ${JSON.stringify({ path, name, folder })}\n`;
    const start = line;
    text += row;
    line += row.split("\n").length - 1;
    return start;
  });
  place.write(`m.${format}`, text);
  return lines;
}

const isBlank = (text: string) => text.trim() === "";

/** Each string as one field of a row of its own; pictures differ, so that each can be told on the server. */
const AS: Record<"name" | "folder", (text: string, index: number) => Row> = {
  name: (text, index) => ({ path: `${index}.png`, name: text, folder: "F" }),
  folder: (text, index) => ({ path: `${index}.png`, name: `n${index}`, folder: text }),
};

describe.each(["csv", "yaml"] as const)("the Big List of Naughty Strings in %s", (format) => {
  test.each(["name", "folder"] as const)(
    "as a %s: arrives exactly, or is refused where it stands",
    async (field) => {
      const place = await openWorkplace();
      const strings = someStrings();
      for (const [index] of strings.entries()) place.write(`${index}.png`, png(index));
      const rows = strings.map(AS[field]);
      const lines = writeRows(place, format, rows);
      const errors = await errorsOf(place, `m.${format}`);
      for (const { line } of errors) expect(lines).toContain(line);
      const refused = new Set(errors.map(({ line }) => line));
      const accepted = rows.filter((_, index) => !refused.has(lines[index] ?? 0));
      writeRows(place, format, accepted);
      const { code } = await place.qgfx("apply", `m.${format}`, "--yes", "--rate", "100000");
      expect(code).toBe(0);
      const held = (await place.held()).map(({ name, folder }) => [name, folder]);
      const wanted = accepted.map(({ path, name, folder }) => [
        isBlank(name) ? path : name,
        isBlank(folder) ? "Uncategorized" : folder,
      ]);
      expect(held.sort()).toEqual(wanted.sort());
      const again = await place.qgfx("plan", `m.${format}`, "--json");
      expect(JSON.parse(again.stdout).summary).toMatchObject({
        unchanged: accepted.length,
        create: 0,
      });
      const back = await place.qgfx("plan", "m.results.csv", "--json");
      expect(JSON.parse(back.stdout).summary).toMatchObject({
        unchanged: accepted.length,
        create: 0,
      });
      const codes = [...new Set(errors.map(({ code }) => code))].join(" ");
      tell(`blns, ${format}, ${field}`, {
        strings: strings.length,
        accepted: accepted.length,
        refused: refused.size,
        codes,
      });
    },
  );

  test("as a path: the file is sent, or the row is refused where it stands", async () => {
    const place = await openWorkplace();
    const strings = someStrings();
    const files = strings.filter((text, index) => isWritten(place.dir, text, index));
    const rows = strings.map((path, index) => ({ path, name: "", folder: `f${index}` }));
    const lines = writeRows(place, format, rows);
    const errors = await errorsOf(place, `m.${format}`);
    for (const { line } of errors) expect(lines).toContain(line);
    const refused = new Set(errors.map(({ line }) => line));
    const accepted = rows.filter((_, index) => !refused.has(lines[index] ?? 0));
    for (const { path } of accepted) expect(files).toContain(path);
    writeRows(place, format, accepted);
    expect(await place.qgfx("apply", `m.${format}`, "--yes", "--rate", "100000")).toMatchObject({
      code: 0,
    });
    const held = (await place.held()).map(({ name, folder }) => [name, folder]);
    expect(held.sort()).toEqual(accepted.map(({ path, folder }) => [path, folder]).sort());
    const codes = [...new Set(errors.map(({ code }) => code))].join(" ");
    tell(`blns, ${format}, path`, {
      strings: strings.length,
      accepted: accepted.length,
      refused: refused.size,
      codes,
    });
  });
});

/** Makes a picture of that name, where the file system takes it. */
function isWritten(dir: string, name: string, index: number): boolean {
  if (name === "" || name.includes("/") || name === "m.csv" || name === "m.yaml") return false;
  try {
    writeFileSync(join(dir, name), png(index));
    return true;
  } catch {
    return false;
  }
}
