import { largePng, png } from "../../support/pictures.ts";
import { times } from "./programme.ts";

/** One way in which `apply` is run and killed. */
export interface Way {
  what: string;
  kills: number;
  rows: number;
  concurrency: number;
  args?: readonly string[];
  /** How many rows in a row have the same bytes. */
  alike?: number;
  /** How many of the images change from run to run; a third. */
  changed?: number;
  /** Whether unknown rows are sent again: then a name may be there twice. */
  retries?: boolean;
  imageOf?: (seed: number) => Buffer;
}

const LARGE_BYTES = [200, 30_000, 700_000, 3_000_000];

/** The ways that are tried, with a thousand kills together. */
export const WAYS: readonly Way[] = [
  { what: "8 at once", kills: times(400, 4), rows: 40, concurrency: 8 },
  { what: "one at a time", kills: times(100, 2), rows: 20, concurrency: 1 },
  // Many rows, for a run begins with four at once and has one more each round.
  {
    what: "32 at once",
    kills: times(100, 2),
    rows: times(500, 80),
    concurrency: 32,
    changed: 1,
  },
  {
    what: "images of up to 3 MB",
    kills: times(100, 2),
    rows: 16,
    concurrency: 8,
    imageOf: (seed) => largePng(seed, LARGE_BYTES[seed % LARGE_BYTES.length] ?? 0),
  },
  {
    what: "--share",
    kills: times(100, 2),
    rows: 40,
    concurrency: 8,
    args: ["--share"],
    alike: 2,
  },
  { what: "--canary 5", kills: times(100, 2), rows: 40, concurrency: 8, args: ["--canary", "5"] },
  {
    what: "--unknown retry",
    kills: times(100, 2),
    rows: 40,
    concurrency: 8,
    args: ["--unknown", "retry"],
    retries: true,
  },
];

/** The image of a way's seed. */
export function imageOf({ imageOf = png }: Way): (seed: number) => Buffer {
  return imageOf;
}
