import { UserError } from "../user-error.ts";

/**
 * The ledger took no more writes in the middle of a run: a full disk, an I/O error, a file that vanished.
 * Nothing more may be sent, and what was not acknowledged is not recorded.
 */
export class LedgerLost extends UserError {
  /** What happened to it, without the ledger's name. */
  readonly detail: string;

  constructor(file: string, detail: string, cause: unknown) {
    super("LEDGER_LOST", `the ledger ${file} cannot be written any more: ${detail}`, {
      hint: "keep the ids printed here; put the cause right and run the same command again",
      exitCode: 3,
    });
    this.name = "LedgerLost";
    this.detail = detail;
    this.cause = cause;
  }
}
