import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Image } from "../../src/manifest/image.ts";
import type { PriorResult } from "../../src/manifest/manifest.ts";
import { addressKey, type FolderAndName } from "../../src/plan/recorded.ts";
import {
  decideTakeOver,
  type FoundResult,
  type TakeOverContext,
} from "../../src/plan/take-over.ts";
import { aGraphic, anUnknown, aPrior, aWant, SHA_A, SHA_B } from "./samples.ts";

const HERE = { folder: "Summer", name: "sun.png" };
const THERE = { folder: "Summer", name: "rain.png" };
const NOW = "2026-06-01T00:00:00.000Z";
const [EARLIER, LATER] = ["2025-12-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"];
const EMPTY = { graphics: [], past: [], unknowns: [] };
const ID = "IM_fromResults1";

/** A row of a results file. */
function found(place: FolderAndName, prior: Partial<PriorResult> = {}): FoundResult {
  const path = `pictures/${place.name}`;
  return { ...place, file: "m.results.csv", line: 2, path, prior: aPrior(prior), isYounger: true };
}

function context(given: Partial<TakeOverContext> = {}): TakeOverContext {
  return {
    recorded: EMPTY,
    unanswered: new Set(),
    imageAt: () => undefined,
    urlOf: (id) => `https://x.qualtrics.com/CP/Graphic.php?IM=${id}`,
    now: NOW,
    ...given,
  };
}

/** Rows with a picture of these bytes at each place. */
function pictures(sha256: string, ...places: FolderAndName[]): TakeOverContext["imageAt"] {
  const images = new Map<string, Image>(
    places.map((place) => [addressKey(place), aWant(place, sha256).image]),
  );
  return (place) => images.get(addressKey(place));
}

function graphicsOf(rows: readonly FoundResult[], given: Partial<TakeOverContext> = {}) {
  return decideTakeOver(rows, context(given)).graphics;
}

describe("decideTakeOver, line by line of its table", () => {
  it("takes an id that the record has nowhere, as the file has it but for the url", () => {
    const image = aWant(HERE, SHA_A).image;
    const row = found(HERE, { url: "https://evil.example/IM_other" });
    expect(graphicsOf([row], { imageAt: pictures(SHA_A, HERE) })).toEqual([
      {
        ...HERE,
        line: 2,
        path: row.path,
        contentType: image.contentType,
        sha256: SHA_A,
        bytes: image.sizeBytes,
        graphicId: ID,
        url: `https://x.qualtrics.com/CP/Graphic.php?IM=${ID}`,
        uploadedAt: row.prior.uploadedAt,
        isTimeKnown: true,
        isCurrent: true,
      },
    ]);
  });

  it("keeps the hash that the file says where the picture has changed or is gone", () => {
    for (const imageAt of [() => undefined, pictures(SHA_B, HERE)]) {
      expect(graphicsOf([found(HERE)], { imageAt })).toMatchObject([
        { sha256: SHA_A, bytes: 0, contentType: "" },
      ]);
    }
  });

  it("takes no hash from the picture where the file says none: nobody knows what is there", () => {
    const row = found(HERE, { sha256: null });
    expect(graphicsOf([row], { imageAt: pictures(SHA_A, HERE) })).toMatchObject([{ sha256: "" }]);
  });

  it.each([
    ["an earlier upload", EARLIER, true],
    ["a later upload", LATER, false],
  ])("beside %s at the address, the later counts", (_what, uploadedAt, isCurrent) => {
    const recorded = { ...EMPTY, graphics: [aGraphic({ ...HERE, uploadedAt })] };
    expect(graphicsOf([found(HERE)], { recorded })).toMatchObject([{ graphicId: ID, isCurrent }]);
  });

  it("compares times as times, however a spreadsheet wrote them", () => {
    const recorded = { ...EMPTY, graphics: [aGraphic({ ...HERE, uploadedAt: EARLIER })] };
    const row = found(HERE, { uploadedAt: "Thu, 01 Jan 2026 00:00:00 GMT" });
    const time = "2026-01-01T00:00:00.000Z";
    expect(graphicsOf([row], { recorded })).toMatchObject([{ uploadedAt: time, isCurrent: true }]);
  });

  it("takes an id without a time as of now", () => {
    const row = found(HERE, { uploadedAt: "" });
    expect(graphicsOf([row])).toMatchObject([{ uploadedAt: NOW }]);
  });

  it.each([
    ["now", { state: "current", isInDoubt: false }],
    ["deleted", { state: "deleted", isInDoubt: false }],
    ["in doubt", { state: "current", isInDoubt: true }],
  ] as const)("takes nothing that the record has at this address, %s", (_how, how) => {
    const graphic = aGraphic({ ...HERE, ...how, graphicId: ID });
    const isPast = how.isInDoubt || how.state === "deleted";
    const recorded = isPast ? { ...EMPTY, past: [graphic] } : { ...EMPTY, graphics: [graphic] };
    expect(graphicsOf([found(HERE)], { recorded, imageAt: pictures(SHA_A, HERE) })).toEqual([]);
  });

  describe("what was replaced at this address", () => {
    const past = [aGraphic({ ...HERE, graphicId: ID, state: "replaced" })];

    it("is taken again where its very bytes are back and nothing else is there", () => {
      const imageAt = pictures(SHA_A, HERE);
      const recorded = { ...EMPTY, past };
      expect(graphicsOf([found(HERE)], { recorded, imageAt })).toMatchObject([
        { graphicId: ID, isCurrent: true },
      ]);
    });

    it("is not taken with other bytes, without a picture, or beside another graphic", () => {
      const recorded = { ...EMPTY, past };
      expect(graphicsOf([found(HERE)], { recorded, imageAt: pictures(SHA_B, HERE) })).toEqual([]);
      expect(graphicsOf([found(HERE)], { recorded })).toEqual([]);
      const beside = { ...recorded, graphics: [aGraphic({ ...HERE, uploadedAt: EARLIER })] };
      const imageAt = pictures(SHA_A, HERE);
      expect(graphicsOf([found(HERE)], { recorded: beside, imageAt })).toEqual([]);
    });

    it("is not taken where it was deleted, or may have been, under another name", () => {
      for (const how of [{ state: "deleted" } as const, { isInDoubt: true }]) {
        const other = aGraphic({ ...HERE, graphicId: ID, ...how });
        const recorded = { ...EMPTY, past: [...past, other] };
        const imageAt = pictures(SHA_A, HERE);
        expect(graphicsOf([found(HERE)], { recorded, imageAt })).toEqual([]);
      }
    });
  });

  it("takes an id that the record has elsewhere where the files give it there, too: rows share it", () => {
    const recorded = { ...EMPTY, graphics: [aGraphic({ ...THERE, graphicId: ID })] };
    expect(graphicsOf([found(HERE), found(THERE)], { recorded })).toMatchObject([
      { ...HERE, graphicId: ID },
    ]);
  });

  it("takes no id that the record has elsewhere alone: the row was renamed in the file", () => {
    const recorded = { ...EMPTY, graphics: [aGraphic({ ...THERE, graphicId: ID })] };
    expect(graphicsOf([found(HERE)], { recorded })).toEqual([]);
  });

  it("takes an id that another manifest's file gave elsewhere, from results that the record has not read", () => {
    const elsewhere = { ...THERE, graphicId: ID, ownedByManifest: false } as const;
    const given = (source: "adopted" | "upload", isYounger: boolean) => {
      const recorded = { ...EMPTY, graphics: [aGraphic({ ...elsewhere, source })] };
      return graphicsOf([{ ...found(HERE), isYounger }], { recorded });
    };
    expect(given("adopted", true)).toMatchObject([{ ...HERE, graphicId: ID }]);
    expect([given("upload", true), given("adopted", false)]).toEqual([[], []]);
  });

  it("does not share an id that is replaced elsewhere", () => {
    const recorded = { ...EMPTY, past: [aGraphic({ ...THERE, graphicId: ID, state: "replaced" })] };
    expect(graphicsOf([found(HERE), found(THERE)], { recorded })).toEqual([]);
  });

  it.each([
    [EARLIER, LATER],
    [LATER, EARLIER],
  ])("of two files' ids for one address takes both, the later as current (%s, %s)", (one, two) => {
    const rows = [
      found(HERE, { graphicId: "IM_one00000000", uploadedAt: one }),
      found(HERE, { graphicId: "IM_two00000000", uploadedAt: two }),
    ];
    const taken = graphicsOf(rows);
    const last = taken.findLast(({ isCurrent }) => isCurrent);
    expect(taken).toHaveLength(2);
    expect(last?.uploadedAt).toBe(LATER);
  });
});

it("takes what a sheet and its results both say once: it is no second graphic", () => {
  const rows = [found(HERE), { ...found(HERE), file: "m.csv" }];
  expect(graphicsOf(rows)).toMatchObject([{ graphicId: ID, isCurrent: true }]);
  const open = rows.map((row) => {
    return { ...row, prior: { ...row.prior, status: "unknown", graphicId: null } };
  });
  expect(decideTakeOver(open, context()).unknowns).toHaveLength(1);
});

describe("a row that is unknown", () => {
  const unknown = { status: "unknown", graphicId: null, error: "reset", uploadedAt: "" };

  it("is held, with the hash of what was sent, the file's error, and no time but now", () => {
    const { graphics, unknowns } = decideTakeOver([found(HERE, unknown)], context());
    expect(graphics).toEqual([]);
    expect(unknowns).toMatchObject([{ ...HERE, sha256: SHA_A, error: "reset", startedAt: NOW }]);
  });

  it("is held with the picture's bytes where the file does not say what was sent", () => {
    const row = found(HERE, { ...unknown, sha256: null, error: "" });
    const { unknowns } = decideTakeOver([row], context({ imageAt: pictures(SHA_B, HERE) }));
    expect(unknowns).toMatchObject([
      { sha256: SHA_B, bytes: 100, error: "no answer was recorded (m.results.csv)" },
    ]);
    expect(decideTakeOver([row], context()).unknowns).toMatchObject([{ sha256: "", bytes: 0 }]);
  });

  it("is nothing new where the record has ever heard of one there and knows the file", () => {
    const unanswered = new Set([addressKey(HERE)]);
    const held = (place: FolderAndName, isYounger: boolean) =>
      decideTakeOver([{ ...found(place, unknown), isYounger }], context({ unanswered })).unknowns;
    expect(held(HERE, false)).toEqual([]);
    expect(held(HERE, true)).toHaveLength(1);
    expect(held(THERE, false)).toHaveLength(1);
  });

  it("is nothing new where the record holds one at its address", () => {
    const recorded = { ...EMPTY, unknowns: [anUnknown(HERE)] };
    expect(decideTakeOver([found(HERE, unknown)], context({ recorded })).unknowns).toEqual([]);
  });

  it("may have a graphic that stands: both are taken, and the hash is the graphic's", () => {
    const row = found(HERE, { ...unknown, graphicId: ID });
    const taken = decideTakeOver([row], context({ imageAt: pictures(SHA_B, HERE) }));
    expect(taken.graphics).toMatchObject([{ graphicId: ID, sha256: SHA_A, isCurrent: true }]);
    expect(taken.unknowns).toMatchObject([{ ...HERE, sha256: SHA_B }]);
  });
});

it("takes from any file each id that the record has nowhere, once for each place, and one of an address as current", () => {
  const place = fc.record({
    folder: fc.constantFrom("F", "G"),
    name: fc.constantFrom("a.png", "b.png"),
  });
  const id = fc.constantFrom("IM_one00000000", "IM_two00000000", "IM_three000000");
  const row = fc.record({ place, id, uploadedAt: fc.constantFrom(EARLIER, LATER, "") });
  fc.assert(
    fc.property(fc.array(row), fc.array(row), (inFile, inRecord) => {
      const graphics = inRecord.map(({ place, id: graphicId }) =>
        aGraphic({ ...place, graphicId }),
      );
      const past = graphics.map((one) => ({ ...one, state: "replaced" as const }));
      const rows = inFile.map(({ place, id: graphicId, uploadedAt }) =>
        found(place, { graphicId, uploadedAt }),
      );
      const known = new Set(graphics.map(({ graphicId }) => graphicId));
      const taken = graphicsOf(rows, { recorded: { ...EMPTY, past } });
      const fresh = rows.filter(({ prior }) => !known.has(prior.graphicId ?? ""));
      const keysOf = (all: readonly (FolderAndName & { graphicId: string | null })[]) =>
        all.map((one) => `${addressKey(one)}\0${one.graphicId}`).sort();
      const wanted = fresh.map(({ prior, ...one }) => ({ ...one, graphicId: prior.graphicId }));
      expect(keysOf(taken)).toEqual([...new Set(keysOf(wanted))]);
      for (const one of taken) {
        const here = taken.filter((other) => addressKey(other) === addressKey(one));
        const last = here.findLast(({ isCurrent }) => isCurrent);
        expect(here.some(({ uploadedAt }) => uploadedAt > (last?.uploadedAt ?? ""))).toBe(false);
      }
    }),
  );
});
