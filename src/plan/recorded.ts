import type { z } from "zod";
import type { attemptSchema, graphicSchema, pastRowSchema } from "./recorded-schema.ts";

/** A graphic's place in one library; with (service, library) it is the contract's address. */
export interface FolderAndName {
  folder: string;
  name: string;
}

/** One string for a folder and a name; neither can hold a NUL (validation refuses it). */
export function addressKey(place: FolderAndName): string {
  return `${place.folder}\u0000${place.name}`;
}

/** An id that was recorded at an address, and what is known of it now. */
export interface Graphic extends z.infer<typeof graphicSchema> {
  /** The run that recorded it here. */
  run: number;
  /** The manifest that recorded it, by its name in the ledger. */
  recordedBy: string;
  /** Whether that is the manifest at hand; only then can it be an orphan. */
  ownedByManifest: boolean;
  /** Whether a deletion of it got no answer: the library may have it or not. */
  isInDoubt: boolean;
}

/** Whether a graphic is the one at its address. */
export function isCurrent({ state, isInDoubt }: Pick<Graphic, "state" | "isInDoubt">): boolean {
  return state === "current" && !isInDoubt;
}

/** The graphics with the same key, in their order; those without one are left out. */
export function groupGraphics(
  graphics: Iterable<Graphic>,
  keyOf: (graphic: Graphic) => string | undefined,
): Map<string, Graphic[]> {
  const groups = new Map<string, Graphic[]>();
  for (const graphic of graphics) {
    const key = keyOf(graphic);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(graphic);
    else groups.set(key, [graphic]);
  }
  return groups;
}

/** The graphics of each id, in their order. */
export function groupById(graphics: Iterable<Graphic>): Map<string, Graphic[]> {
  return groupGraphics(graphics, ({ graphicId }) => graphicId);
}

/** An upload that got no answer and is not settled: the library may or may not hold it. */
export interface UnknownUpload extends FolderAndName {
  /** Lower-case hex, of what was sent. */
  sha256: string;
  bytes: number;
  contentType: string;
  /** As the manifest that sent it wrote it. */
  path: string;
  /** The run that sent it. */
  run: number;
  /** Why there is no answer. */
  error: string;
  /** Whether the manifest at hand sent it; only then is it shown where no row has its address. */
  ownedByManifest: boolean;
  /** What it can be asked for again with; absent where it was sent without a key, or where the service answered it. */
  keyed?: Keyed | undefined;
}

/** The `Idempotency-Key` of an upload, and when it was first sent with it. */
export interface Keyed {
  key: string;
  /** ISO 8601. */
  since: string;
}

/** What the ledger knows of one (service, library). */
export interface Recorded {
  /** Those at their addresses now, in the order they were recorded. */
  graphics: readonly Graphic[];
  /** Every other: replaced, deleted, or in doubt. */
  past: readonly Graphic[];
  unknowns: readonly UnknownUpload[];
}

/** One request of an upload as it was recorded. */
export type Attempt = z.infer<typeof attemptSchema>;

/** What one run did about an address. */
export type PastRow = z.infer<typeof pastRowSchema>;
