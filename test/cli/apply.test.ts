import { describe, expect, it } from "vitest";
import { GIF, png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const PLAIN = "path,name,folder\nsun.png,Sun,Summer\nrain.gif,Rain,Autumn\n";

async function openWithPlain(): Promise<Workplace> {
  const place = await openWorkplace();
  place.write("sun.png", png(1));
  place.write("rain.gif", GIF);
  place.write("m.csv", PLAIN);
  return place;
}

describe("apply", () => {
  it("puts every picture into its folder under its name and gives every id back", async () => {
    const place = await openWithPlain();
    const { code, stdout } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain("2 uploaded, 0 unchanged");
    const held = await place.held();
    expect(held.map(({ name, folder, contentType }) => [name, folder, contentType])).toEqual(
      expect.arrayContaining([
        ["Sun", "Summer", "image/png"],
        ["Rain", "Autumn", "image/gif"],
      ]),
    );
    const lines = place.read("m.results.csv").trimEnd().split("\n");
    expect(lines[0]).toBe("path,name,folder,status,graphicId,url,library,sha256,uploadedAt,error");
    const idOf = (name: string) => held.find((graphic) => graphic.name === name)?.id;
    expect(lines[1]).toContain(`sun.png,Sun,Summer,uploaded,${idOf("Sun")},`);
    expect(lines[2]).toContain(`rain.gif,Rain,Autumn,uploaded,${idOf("Rain")},`);
  });

  it("takes a semicolon sheet as Excel saves it, and names arrive exactly", async () => {
    const place = await openWorkplace();
    const names = [
      'Äpfel, "grün"; süß',
      "日本の夏 🌻",
      "50% = ½; C:\\bild",
      "-minus und 'quote'",
      "a%20b",
      "ends in \\",
    ];
    const rows = names.map((name, index) => {
      place.write(`bild ${index}.png`, png(index));
      return `bild ${index}.png;"${name.replaceAll('"', '""')}";Früchte & Mehr;eigene Notiz`;
    });
    place.write(
      "m.csv",
      `\uFEFF${["Datei;Display Name;Folder;Notiz", ...rows].join("\r\n")}\r\n`.replace(
        "Datei",
        "File",
      ),
    );
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(stderr).not.toContain("error");
    expect(code).toBe(0);
    const held = await place.held();
    expect(held.map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(new Set(held.map(({ folder }) => folder))).toEqual(new Set(["Früchte & Mehr"]));
    const results = place.read("m.results.csv");
    expect(results.startsWith("\uFEFFFile;Display Name;Folder;Notiz;status;graphicId;")).toBe(true);
    expect(results.split("\r\n")).toHaveLength(names.length + 2);
  });

  it("needs --yes where nobody can be asked, and sends nothing without it", async () => {
    const place = await openWithPlain();
    const { code, stderr } = await place.qgfx("apply", "m.csv");
    expect(code).toBe(4);
    expect(stderr).toContain("--yes");
    expect(await place.held()).toEqual([]);
  });

  it("sends nothing at all when one row is wrong", async () => {
    const place = await openWithPlain();
    place.write("m.csv", `${PLAIN}gone.png,Gone,Summer\n`);
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain("m.csv:4:1");
    expect(stderr).toContain("FILE_NOT_FOUND");
    expect(await place.held()).toEqual([]);
  });

  it("keeps stdout pure JSON with --json: one event a line, in the grammar's order", async () => {
    const place = await openWithPlain();
    const { stdout } = await place.qgfx("apply", "m.csv", "--yes", "--json");
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ event: "run.started", summary: { create: 2 } });
    expect(events.at(-1)).toMatchObject({ event: "run.finished", exitCode: 0 });
    const finished = events.filter(({ event }) => event === "item.finished");
    const held = await place.held();
    expect(finished.map(({ graphicId }) => graphicId).sort()).toEqual(
      held.map(({ id }) => id).sort(),
    );
  });

  it("stops when the service refuses the token: exit 8, results written, code and request id shown", async () => {
    const place = await openWithPlain();
    const env = { ...place.env, QUALTRICS_API_KEY: "not-the-token" };
    const { runCli } = await import("../support/run-cli.ts");
    const args = ["apply", "m.csv", "--yes", "--concurrency", "1"];
    const { code, stderr } = await runCli(place.dir, args, env);
    expect(code).toBe(8);
    expect(stderr).toContain("DCD_7");
    expect(stderr).toContain("Unrecognized X-API-TOKEN");
    expect(stderr).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    const [, sun, rain] = place.read("m.results.csv").split("\n");
    expect(sun).toMatch(/,failed,,,,,,HTTP 401 DCD_7: Unrecognized/);
    expect(rain).toContain(",not-run,,,,,,");
    expect(stderr).not.toContain("not-the-token");
  });

  it("puts rows without a folder into Uncategorized and warns once", async () => {
    const place = await openWithPlain();
    place.write("m.csv", "path\nsun.png\nrain.gif\n");
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(0);
    expect(stderr.match(/FOLDER_MISSING/g)).toHaveLength(1);
    expect((await place.held()).map(({ folder }) => folder)).toEqual([
      "Uncategorized",
      "Uncategorized",
    ]);
  });

  it("runs in the embedded sandbox with one flag, and has nothing to do the second time", async () => {
    const place = await openWithPlain();
    const { runCli } = await import("../support/run-cli.ts");
    const first = await runCli(place.dir, ["apply", "m.csv", "--sandbox", "--yes"]);
    expect(first.code).toBe(0);
    const second = await runCli(place.dir, ["apply", "m.csv", "--sandbox", "--yes"]);
    expect(second.code).toBe(0);
    expect(second.stderr).toContain("nothing to upload");
    expect(second.stdout).toContain("0 uploaded, 2 unchanged");
    expect(await place.held()).toEqual([]);
  });
});
