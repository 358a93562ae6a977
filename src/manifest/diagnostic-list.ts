import { type Diagnostic, diagnostic } from "./diagnostic.ts";

/** More of one code help nobody, and a million of them would not fit into memory. */
export const MOST_OF_A_CODE = 1_000;

/** Collects diagnostics: of each code the first `MOST_OF_A_CODE`, and then one that counts the rest. */
export class DiagnosticList {
  readonly #file: string;
  readonly #kept: Diagnostic[] = [];
  readonly #counts = new Map<string, number>();
  readonly #firstLeftOut = new Map<string, Diagnostic>();

  constructor(file: string) {
    this.#file = file;
  }

  add(found: readonly Diagnostic[]): void {
    for (const one of found) this.#count(one);
  }

  /** As `add`, for what may come a million times: made only if it is kept. */
  addOne(code: string, make: () => Diagnostic): void {
    const count = this.#counts.get(code) ?? 0;
    if (count > MOST_OF_A_CODE) this.#counts.set(code, count + 1);
    else this.#count(make());
  }

  list(): Diagnostic[] {
    return [...this.#kept, ...[...this.#firstLeftOut.values()].map((first) => this.#rest(first))];
  }

  #count(found: Diagnostic): void {
    const count = (this.#counts.get(found.code) ?? 0) + 1;
    this.#counts.set(found.code, count);
    if (count <= MOST_OF_A_CODE) this.#kept.push(found);
    else if (count === MOST_OF_A_CODE + 1) this.#firstLeftOut.set(found.code, found);
  }

  #rest({ code, severity, line }: Diagnostic): Diagnostic {
    const count = (this.#counts.get(code) ?? 0) - MOST_OF_A_CODE;
    const message = `${count} more of this kind from line ${line ?? 1} on are not shown one by one`;
    const hint = "mend those above, then validate again";
    const place = { file: this.#file, line: line ?? undefined };
    return { ...diagnostic(severity, code, message, hint, place), count };
  }
}
