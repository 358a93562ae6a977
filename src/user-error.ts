/**
 * Something the user can put right: a bad option, an unreadable ledger, a service that refuses the token.
 * Shown as message and hint, without a stack; `exitCode` is a row of the contract's table.
 */
export class UserError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(code: string, message: string, details: { hint?: string; exitCode?: number } = {}) {
    super(message);
    this.name = "UserError";
    this.code = code;
    this.hint = details.hint;
    this.exitCode = details.exitCode ?? 2;
  }
}
