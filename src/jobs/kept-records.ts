import type { Status } from "../execute/outcome.ts";
import type { RowRecord } from "../report/row-record.ts";

/**
 * Records of rows in some 100 bytes each, most of them an id and a time, so that those of a million can be kept:
 * what is alike in many of them, as the start of their URLs, is one string.
 */
export class KeptRecords {
  readonly #statuses: Status[] = [];
  readonly #graphicIds: (string | null)[] = [];
  readonly #sha256s: (string | null)[] = [];
  readonly #times: (string | null)[] = [];
  /** What stands before the id; null: the URL is among the others. */
  readonly #urlStarts: (string | null)[] = [];
  readonly #otherUrls = new Map<number, string>();
  readonly #errors = new Map<number, string>();
  #urlStart = "";

  /** Takes the next row's record; `sha256` is a string that its own is likely to equal. */
  add(record: RowRecord, sha256: string | undefined): void {
    const index = this.#statuses.length;
    this.#statuses.push(record.status);
    this.#graphicIds.push(record.graphicId);
    this.#sha256s.push(record.sha256 === sha256 ? sha256 : record.sha256);
    this.#times.push(record.uploadedAt);
    this.#addUrl(record, index);
    if (record.error !== null) this.#errors.set(index, record.error);
  }

  /** The record of the row that was added as the `index`-th, from 0; undefined where there is none. */
  at(index: number): RowRecord | undefined {
    const status = this.#statuses[index];
    if (status === undefined) return undefined;
    return {
      status,
      graphicId: this.#graphicIds[index] ?? null,
      url: this.#url(index),
      sha256: this.#sha256s[index] ?? null,
      uploadedAt: this.#times[index] ?? null,
      error: this.#errors.get(index) ?? null,
    };
  }

  #addUrl({ url, graphicId }: RowRecord, index: number): void {
    if (url === null || graphicId === null || !url.endsWith(graphicId)) {
      this.#urlStarts.push(null);
      if (url !== null) this.#otherUrls.set(index, url);
      return;
    }
    const start = url.slice(0, url.length - graphicId.length);
    if (start !== this.#urlStart) this.#urlStart = start;
    this.#urlStarts.push(this.#urlStart);
  }

  #url(index: number): string | null {
    const start = this.#urlStarts[index] ?? null;
    const graphicId = this.#graphicIds[index] ?? null;
    if (start === null || graphicId === null) return this.#otherUrls.get(index) ?? null;
    return start + graphicId;
  }
}
