import { randomUUID } from "node:crypto";
import type { NameQuotes } from "../manifest/manifest.ts";
import { rawForm } from "../qualtrics/multipart.ts";
import {
  describe,
  type Found,
  fileForm,
  heavyPixel,
  look,
  PIXEL,
  type Pixel,
  PROBE_FOLDER,
  type Probing,
  prepared,
  type Sending,
  SVG_PIXEL,
  send,
  sendTwice,
  textPart,
  WEBP_PIXEL,
} from "./probe-requests.ts";

/** One thing that is not known of the service, and the harmless requests that settle it. */
export type ProbeLine = {
  title: string;
  /** What is sent, for whoever is asked. */
  sends: string;
  /** The name or folder that a person may look for, where only the library shows what became of it. */
  looksFor?: { name?: string; folder?: string };
  /** Only where it is asked for. */
  isLarge?: boolean;
  // One image, or whatever else it takes.
} & ({ image(): Sending; isTwice?: boolean } | { run(probing: Probing): Promise<Found> });

/** Sends what a line is about, and tells what came of it. */
export function runLine(line: ProbeLine, probing: Probing): Promise<Found> {
  if ("run" in line) return line.run(probing);
  return (line.isTwice ? sendTwice : send)(probing, line.title, line.image());
}

const QUOTED = 'quote " and \\ backslash.png';
const LETTERS = "é 日本 😀.png";
const SIX_MB = 6 * 1024 * 1024;
const UNKNOWN_LIBRARY = "UR_qgfxProbe00000";
const UNKNOWN_GRAPHIC = "IM_qgfxProbe00000";

/** Titles of lines that others go by. */
export const FIRST_LINE = "When and how an image can be seen";
export const LARGE_LINE = "6 MB";
export const KEY_LINE = "Idempotency-Key";
export const quotesLine = (form: NameQuotes): string => `Quotes and backslashes by ${form}`;

/** All lines, in the order in which they are asked. */
export const PROBE_LINES: readonly ProbeLine[] = [
  {
    title: FIRST_LINE,
    sends: "one image of one pixel, then looks at it under /ControlPanel and /CP",
    async run(probing) {
      const found = await send(probing, this.title, { name: "first.png" });
      const id = probing.ids.get(this.title);
      if (id === undefined) return found;
      const seen = [await look(probing, "ControlPanel", id), await look(probing, "CP", id)];
      return {
        ...found,
        found: [...found.found, ...seen.flatMap((one) => one.found)],
        facts: { ...found.facts, ...seen[0]?.facts, ...seen[1]?.facts },
      };
    },
  },
  quotes("percent", 'one image with a name of " and \\, written as browsers do (%22)'),
  quotes("backslash", 'one image with a name of " and \\, written with a backslash before each'),
  {
    title: "Letters beyond ASCII, raw",
    sends: "one image with a name of é, 日本 and an emoji, as raw UTF-8",
    looksFor: { name: `raw ${LETTERS}` },
    image: () => ({ name: `raw ${LETTERS}` }),
  },
  {
    title: "Letters beyond ASCII, as filename*",
    sends: "one image with the same letters, as filename*=UTF-8''…",
    looksFor: { name: `extended ${LETTERS}` },
    image: () => {
      const name = `extended ${LETTERS}`;
      const parameter = `filename*=UTF-8''${encodeURIComponent(name)}`;
      return { name, form: fileForm(parameter, PIXEL) };
    },
  },
  {
    title: "The same name twice",
    sends: "two images of the same name into the same folder",
    isTwice: true,
    image: () => ({ name: "twice.png" }),
  },
  {
    title: KEY_LINE,
    sends: "one request twice, with the same Idempotency-Key",
    isTwice: true,
    image: () => ({
      name: "keyed.png",
      form: prepared("keyed.png", PROBE_FOLDER),
      key: randomUUID(),
    }),
  },
  folder("qgfx probe/a", "a slash"),
  folder("qgfx probe::a", "two colons"),
  folder("QGFX PROBE", "capital letters"),
  folder(" qgfx probe ", "spaces around it"),
  {
    title: "No file part",
    sends: "a form with a folder and without an image",
    image: () => ({ name: "no file part", form: rawForm([textPart("folder", PROBE_FOLDER)]) }),
  },
  {
    title: "A library that is not there",
    sends: `one image to the library ${UNKNOWN_LIBRARY}, which does not exist`,
    image: () => ({ name: "elsewhere.png", library: UNKNOWN_LIBRARY }),
  },
  {
    title: "An id that is not there",
    sends: `the deletion of ${UNKNOWN_GRAPHIC}, which is not there`,
    async run({ client, library }) {
      return describe(await client.deleteGraphic(library, UNKNOWN_GRAPHIC));
    },
  },
  {
    title: "A list of graphics",
    sends: "the question for a list of all graphics, which is not documented",
    async run({ client, library, ids, names }) {
      const { answer, names: listed } = await client.list(library);
      for (const [id, name] of listed) names.set(id, name);
      const own = [...ids.values()].filter((id) => listed.has(id)).length;
      const { found, facts } = describe(answer);
      const told = listed.size > 0 ? [`it lists ${own} of the ${ids.size} images made here`] : [];
      return { answer, found: [...found, ...told], facts: { ...facts, lists: listed.size > 0 } };
    },
  },
  type("WebP", WEBP_PIXEL, "pixel.webp"),
  type("SVG", SVG_PIXEL, "pixel.svg"),
  {
    title: "fileUrl",
    sends: "an upload by address, of https://qgfx.invalid/pixel.png, which no computer can have",
    image: () => {
      const fields = {
        name: "remote.png",
        fileUrl: "https://qgfx.invalid/pixel.png",
        contentType: "image/png",
        folder: PROBE_FOLDER,
      };
      const form = rawForm(Object.entries(fields).map(([name, value]) => textPart(name, value)));
      return { name: "remote.png", form };
    },
  },
  {
    title: LARGE_LINE,
    sends: "one image of 6 MB, more than the 5 MB that are documented",
    isLarge: true,
    image: () => ({ name: "large.png", pixel: heavyPixel(SIX_MB) }),
  },
  {
    title: "Deletion twice",
    sends: "the deletion of the first image twice, then looks whether it is gone",
    async run(probing) {
      const { record, client, library, interruption, ids } = probing;
      const id = ids.get(FIRST_LINE);
      if (id === undefined) return { found: ["there is no image to delete"], facts: {} };
      await record.deleteAll(interruption.giveUp, id);
      const again = describe(await client.deleteGraphic(library, id));
      const seen = await client.see(`/CP/Graphic.php?IM=${id}`);
      const told = `then /CP answers ${seen?.httpStatus ?? "nothing"}`;
      const facts = { ...again.facts, cpStatus: seen?.httpStatus ?? null };
      return { ...again, found: [`the second time: ${again.found.join(", ")}`, told], facts };
    },
  },
];

function quotes(form: NameQuotes, sends: string): ProbeLine {
  const name = `${form} ${QUOTED}`;
  return {
    title: quotesLine(form),
    sends,
    looksFor: { name },
    image: () => ({ name, form: prepared(name, PROBE_FOLDER, form) }),
  };
}

function folder(name: string, what: string): ProbeLine {
  return {
    title: `A folder with ${what}`,
    sends: `one image into the folder "${name}"; the folder may stay, empty`,
    looksFor: { folder: name },
    image: () => ({ name: `folder ${what}.png`, folder: name }),
  };
}

function type(what: string, pixel: Pixel, name: string): ProbeLine {
  return {
    title: `${what} images`,
    sends: `one image of one pixel, as ${what}`,
    image: () => ({ name, pixel, form: fileForm(`filename="${name}"`, pixel) }),
  };
}
