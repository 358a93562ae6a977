import { UserError } from "../user-error.ts";

const GO_ON =
  "keep the ids printed here; put the cause right and run the same command again; `qgfx resolve` takes ids for rows that are unknown then";

/**
 * The ledger took no more writes in the middle of a run: a full disk, an I/O error, a file that vanished.
 * Nothing more may be sent, and what was not acknowledged is not recorded.
 */
export class LedgerLost extends UserError {
  /** What happened to it, without the ledger's name. */
  readonly detail: string;

  /** Without a `hint` of its own: the ledger can still be read, so that the same command goes on from it. */
  constructor(file: string, detail: string, cause: unknown, hint = GO_ON) {
    super("LEDGER_LOST", `the ledger ${file} cannot be written any more: ${detail}`, {
      hint,
      exitCode: 3,
    });
    this.name = "LedgerLost";
    this.detail = detail;
    this.cause = cause;
  }
}
