import { z } from "zod";

/** A graphic's place in one library; with (service, library) it is the contract's address. */
export interface FolderAndName {
  folder: string;
  name: string;
}

/** One string for a folder and a name; neither can hold a NUL (validation refuses it). */
export function addressKey(place: FolderAndName): string {
  return `${place.folder}\u0000${place.name}`;
}

/** A graphic that is or was at an address, as it is printed. */
export const graphicSchema = z.strictObject({
  graphicId: z.string(),
  folder: z.string(),
  name: z.string(),
  /** As the manifest that recorded it wrote it. */
  path: z.string(),
  contentType: z.string(),
  /** Lower-case hex. */
  sha256: z.string(),
  bytes: z.int().nonnegative(),
  url: z.string(),
  /** ISO 8601, as all times here. */
  uploadedAt: z.string(),
  /** How the id came. */
  source: z.enum(["upload", "shared", "adopted", "resolved"]),
  /** `current`: it is the one at its address, unless a deletion of it got no answer. */
  state: z.enum(["current", "replaced", "deleted"]),
});

/** An id that was recorded at an address, and what is known of it now. */
export interface Graphic extends z.infer<typeof graphicSchema> {
  /** The run that recorded it here. */
  run: number;
  /** Whether the manifest at hand recorded it; only then can it be an orphan. */
  ownedByManifest: boolean;
  /** Whether a deletion of it got no answer: the library may have it or not. */
  isInDoubt: boolean;
}

/** Whether a graphic is the one at its address. */
export function isCurrent({ state, isInDoubt }: Pick<Graphic, "state" | "isInDoubt">): boolean {
  return state === "current" && !isInDoubt;
}

/** The graphics of each id, in their order. */
export function groupById(graphics: readonly Graphic[]): Map<string, Graphic[]> {
  const groups = new Map<string, Graphic[]>();
  for (const graphic of graphics) {
    const group = groups.get(graphic.graphicId);
    if (group) group.push(graphic);
    else groups.set(graphic.graphicId, [graphic]);
  }
  return groups;
}

/** An upload that got no answer and is not settled: the library may or may not hold it. */
export interface UnknownUpload extends FolderAndName {
  /** Lower-case hex, of what was sent. */
  sha256: string;
  bytes: number;
  contentType: string;
  /** As the manifest that sent it wrote it. */
  path: string;
  /** Why there is no answer. */
  error: string;
  /** Whether the manifest at hand sent it; only then is it shown where no row has its address. */
  ownedByManifest: boolean;
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
export const attemptSchema = z.strictObject({
  /** 1 for the first of its run. */
  attempt: z.int().positive(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  /** Null: no answer was recorded. */
  result: z.enum(["uploaded", "refused", "not-sent", "failed", "unknown"]).nullable(),
  httpStatus: z.int().nullable(),
  errorCode: z.string().nullable(),
  message: z.string().nullable(),
  requestId: z.string().nullable(),
  graphicId: z.string().nullable(),
});

/** What one run did about an address. */
export const pastRowSchema = z.strictObject({
  run: z.int().positive(),
  command: z.string(),
  manifest: z.string(),
  line: z.int().positive(),
  startedAt: z.string(),
  folder: z.string(),
  name: z.string(),
  action: z.string(),
  reason: z.string(),
  status: z.string(),
  error: z.string().nullable(),
  /** How an unknown upload ended: `retried`, `landed` or `absent`. */
  settled: z.string().nullable(),
  attempts: z.array(attemptSchema),
});

export type Attempt = z.infer<typeof attemptSchema>;
export type PastRow = z.infer<typeof pastRowSchema>;
