import type { Database } from "./database.ts";
import { IdSieve } from "./id-sieve.ts";
import { isIdKnown, readAllIds } from "./read-ids.ts";

/**
 * Which graphic ids are in the ledger or on their way there. Nearly every id that a service answers is new: a
 * sieve in memory says so, and the ledger is asked about the rest.
 */
export class KnownIds {
  readonly #database: Database;
  /** Made when the first id is asked for; a run that sends nothing needs none. */
  #sieve: IdSieve | undefined;
  /** The first `#count` are ids from their arrival until they stand in `graphics`; one list for the whole run. */
  readonly #arrived: string[] = [];
  #count = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  has(graphicId: string): boolean {
    this.#sieve ??= this.#fill();
    if (!this.#sieve.mayHave(graphicId)) return false;
    return this.#hasArrived(graphicId) || isIdKnown(this.#database, graphicId);
  }

  /** An id came back; it is known from now on. */
  arrive(graphicId: string): void {
    this.#arrived[this.#count] = graphicId;
    this.#count += 1;
    this.#sieve?.add(graphicId);
  }

  /** Every id that arrived stands in `graphics`. */
  takenIn(): void {
    this.#count = 0;
  }

  /** Ids were recorded that did not arrive here. */
  forget(): void {
    this.#sieve = undefined;
  }

  #fill(): IdSieve {
    const sieve = new IdSieve();
    for (const id of readAllIds(this.#database)) sieve.add(id);
    for (let index = 0; index < this.#count; index += 1) sieve.add(this.#arrived[index] ?? "");
    return sieve;
  }

  /** The sieve sees to it that this is seldom asked. */
  #hasArrived(graphicId: string): boolean {
    const index = this.#arrived.indexOf(graphicId);
    return index !== -1 && index < this.#count;
  }
}
