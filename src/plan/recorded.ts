/** A graphic's place in one library; with (service, library) it is the contract's address. */
export interface FolderAndName {
  folder: string;
  name: string;
}

/** A graphic the ledger holds as current: its id is the one at its address now. */
export interface RecordedGraphic extends FolderAndName {
  graphicId: string;
  /** Lower-case hex. */
  sha256: string;
  bytes: number;
  contentType: string;
  /** As the manifest that recorded it wrote it. */
  path: string;
  url: string;
  /** ISO 8601. */
  uploadedAt: string;
  /** Whether the manifest at hand recorded it; only then can it be an orphan. */
  ownedByManifest: boolean;
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
  graphics: readonly RecordedGraphic[];
  unknowns: readonly UnknownUpload[];
}

/** One string for a folder and a name; neither can hold a NUL (validation refuses it). */
export function addressKey(place: FolderAndName): string {
  return `${place.folder}\u0000${place.name}`;
}
