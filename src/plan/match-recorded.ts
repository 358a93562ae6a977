import { type AddressIndex, indexAddresses, isSamePlace } from "../manifest/address-index.ts";
import type { ManifestRow } from "../manifest/manifest.ts";
import { eachWanted, type Wanted, type WantedRows } from "./decide-action.ts";
import type { FolderAndName, RecordedGraphic, RecordedNow } from "./recorded.ts";

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
  const sameBytes = Array.from({ length: wanted.length }, (): string | undefined => undefined);
  const otherBytes = new Map<number, RecordedGraphic>();
  const urls = new Map<ManifestRow, string>();
  const leftovers: RecordedGraphic[] = [];
  const idsOfOthers: string[] = [];
  const places = rowFinder(wanted);
  const elsewhere = lazyIndex(() => others ?? []);
  for (const graphic of graphics) {
    const index = places.find(graphic);
    const want = index === undefined ? undefined : wanted.at(index);
    if (index !== undefined && want) {
      if (graphic.sha256 !== want.picture.sha256) {
        otherBytes.set(index, graphic);
        continue;
      }
      sameBytes[index] = idOf(graphic, want);
      if (withUrls) urls.set(want.row, graphic.url);
    } else if (elsewhere().find(graphic) !== undefined) idsOfOthers.push(graphic.graphicId);
    else leftovers.push(graphic);
  }
  const unknown = new Set(unknowns.flatMap((place) => places.find(place) ?? []));
  return { sameBytes, otherBytes, urls, unknown, leftovers, idsOfOthers };
}

/** Finds the row with an address: mostly it is the one after the last, for runs record what they do in row order. */
function rowFinder(wanted: WantedRows): { find(place: FolderAndName): number | undefined } {
  const index = lazyIndex(() => Array.from(eachWanted(wanted), ({ row }) => row));
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

/** One string where the row's own results hold the same id. */
function idOf({ graphicId }: RecordedGraphic, { row }: Wanted): string {
  return row.prior?.graphicId === graphicId ? row.prior.graphicId : graphicId;
}
