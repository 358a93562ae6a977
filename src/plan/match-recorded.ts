import { type AddressIndex, indexAddresses, isSamePlace } from "../manifest/address-index.ts";
import type { ManifestRow } from "../manifest/manifest.ts";
import { mapWanted, type Wanted, type WantedRows } from "./decide-action.ts";
import type { FolderAndName, RecordedGraphic, RecordedNow, UnknownUpload } from "./recorded.ts";

/** What is recorded, laid beside what is wanted. Rows go by their index. */
export interface MatchedRecord {
  /** The id at the row's address, where the bytes there are the row's own: no more of it is kept. */
  sameBytes: readonly (string | undefined)[];
  /** The graphic at the row's address, where its bytes are others. */
  otherBytes: ReadonlyMap<number, RecordedGraphic>;
  /** The URLs of `sameBytes` by their rows, where they were asked for. */
  urls: ReadonlyMap<ManifestRow, string>;
  /** Rows whose address has an unsettled unknown. */
  unknown: ReadonlySet<number>;
  /** This manifest's unsettled unknowns whose address no row has any more. */
  unknownLeft: readonly UnknownUpload[];
  /** What no row wants. */
  leftovers: readonly RecordedGraphic[];
  /** The ids at the addresses of other shards' rows. */
  idsOfOthers: readonly string[];
}

/** Lays the record beside the rows. It is gone through once, and of what stays as it is only the id is kept. */
export function matchRecorded(
  wanted: WantedRows,
  { graphics, unknowns }: RecordedNow,
  { others, withUrls }: { others: readonly FolderAndName[] | undefined; withUrls: boolean },
): MatchedRecord {
  const places = rowFinder(wanted);
  const elsewhere = lazyIndex(() => others ?? []);
  const kept = new KeptGraphics(wanted.length, withUrls);
  const leftovers: RecordedGraphic[] = [];
  const idsOfOthers: string[] = [];
  for (const graphic of graphics) {
    const index = places.find(graphic);
    const want = index === undefined ? undefined : wanted.at(index);
    if (index !== undefined && want) kept.add(index, want, graphic);
    else if (elsewhere().find(graphic) !== undefined) idsOfOthers.push(graphic.graphicId);
    else leftovers.push(graphic);
  }
  const unknown = new Set<number>();
  const unknownLeft: UnknownUpload[] = [];
  for (const one of unknowns) {
    const index = places.find(one);
    if (index !== undefined) unknown.add(index);
    else if (one.ownedByManifest && elsewhere().find(one) === undefined) unknownLeft.push(one);
  }
  const { sameBytes, otherBytes, urls } = kept;
  return { sameBytes, otherBytes, urls, unknown, unknownLeft, leftovers, idsOfOthers };
}

/** The graphics at rows' addresses. */
class KeptGraphics {
  sameBytes: (string | undefined)[] = [];
  readonly otherBytes = new Map<number, RecordedGraphic>();
  readonly urls = new Map<ManifestRow, string>();
  readonly #length: number;
  readonly #withUrls: boolean;

  constructor(length: number, withUrls: boolean) {
    this.#length = length;
    this.#withUrls = withUrls;
  }

  add(index: number, { row, image }: Wanted, graphic: RecordedGraphic): void {
    if (graphic.sha256 !== image.sha256) {
      this.otherBytes.set(index, graphic);
      return;
    }
    if (this.sameBytes.length === 0) {
      this.sameBytes = Array.from({ length: this.#length }, () => undefined);
    }
    const { graphicId, url } = graphic;
    // One string where the row's own results hold the same id.
    this.sameBytes[index] = row.prior?.graphicId === graphicId ? row.prior.graphicId : graphicId;
    if (this.#withUrls) this.urls.set(row, url);
  }
}

/** Finds the row with an address: mostly it is the one after the last, for runs record what they do in row order. */
function rowFinder(wanted: WantedRows): { find(place: FolderAndName): number | undefined } {
  const index = lazyIndex(() => mapWanted(wanted, ({ row }) => row));
  let last = -1;
  return {
    find(place) {
      const found = isSamePlace(wanted.at(last + 1)?.row, place) ? last + 1 : index().find(place);
      last = found ?? last;
      return found;
    },
  };
}

/** Made when it is first asked for: where nothing is recorded it never is. */
function lazyIndex(places: () => readonly FolderAndName[]): () => AddressIndex<FolderAndName> {
  let index: AddressIndex<FolderAndName> | undefined;
  return () => {
    index ??= indexAddresses(places());
    return index;
  };
}
