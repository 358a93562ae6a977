import { UserError } from "../user-error.ts";

/** A store folder in which something stands that the sandbox does not put there; `message` names the file. */
export function damagedStore(message: string): UserError {
  return new UserError("SANDBOX_STORE_DAMAGED", message, {
    hint: "name another store folder, or move this one away",
  });
}
