import type { z } from "zod";
import type { diagnosticSchema } from "./diagnostic-schema.ts";

/** What would mend a problem exactly; it stands where its diagnostic stands. */
export type Repair =
  /** The cell should hold this text. */
  | { kind: "cell"; text: string }
  /** The row was divided by another delimiter than the header; these are its cells. `was` is the row as it stands. */
  | { kind: "row"; cells: readonly string[]; was: string }
  /** The bytes are Windows-1252, expected UTF-8. */
  | { kind: "encoding" };

/** A problem, with what `publishDiagnostic` leaves out. */
export type Diagnostic = z.infer<typeof diagnosticSchema> & {
  /** What would mend it exactly. */
  repair?: Repair;
  /** How many it stands for, where that is not one. */
  count?: number;
};
export type Severity = Diagnostic["severity"];

/** A diagnostic with the keys that `--json` prints, and no other. */
export function publishDiagnostic({
  repair: _repair,
  count: _count,
  ...keys
}: Diagnostic): z.infer<typeof diagnosticSchema> {
  return keys;
}

/** Where a problem stands; absent parts become null in the diagnostic. */
export interface Place {
  file: string;
  line?: number | undefined;
  column?: number | undefined;
  field?: string | undefined;
  value?: string | undefined;
}

/** Fills the absent parts of a diagnostic with null. */
export function diagnostic(
  severity: Severity,
  code: string,
  message: string,
  hint: string | null,
  place: Place,
): Diagnostic {
  return {
    code,
    severity,
    message,
    hint,
    file: place.file,
    line: place.line ?? null,
    column: place.column ?? null,
    field: place.field ?? null,
    value: place.value ?? null,
  };
}

/** Whether anything found forbids going on. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((found) => found.severity === "error");
}

/** More of one code help nobody. */
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

  add(...found: readonly Diagnostic[]): void {
    for (const one of found) {
      const count = (this.#counts.get(one.code) ?? 0) + 1;
      this.#counts.set(one.code, count);
      if (count <= MOST_OF_A_CODE) this.#kept.push(one);
      else if (count === MOST_OF_A_CODE + 1) this.#firstLeftOut.set(one.code, one);
    }
  }

  list(): Diagnostic[] {
    return [...this.#kept, ...[...this.#firstLeftOut.values()].map((first) => this.#rest(first))];
  }

  #rest({ code, severity, line }: Diagnostic): Diagnostic {
    const count = (this.#counts.get(code) ?? 0) - MOST_OF_A_CODE;
    const message = `${count} more of this kind from line ${line ?? 1} on are not shown one by one`;
    const hint = "mend those above, then validate again";
    const place = { file: this.#file, line: line ?? undefined };
    return { ...diagnostic(severity, code, message, hint, place), count };
  }
}
