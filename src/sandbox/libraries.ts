import { UserError } from "../user-error.ts";
import { type Answer, resultAnswer } from "./answer.ts";

/** A library the sandbox's user may use. */
export interface Library {
  libraryId: string;
  libraryName: string;
}

const LIBRARY_ID = /^(UR|GR)_[a-zA-Z0-9]{11,15}$/;

/** One a page: a client that does not follow `nextPage` must show itself (assumed). */
const PAGE_LENGTH = 1;

/**
 * The user's own library and one of a group; `chosen` takes the place of the one of its kind.
 * Throws `UserError` for an id no library can have (qualtrics-api: Answers).
 */
export function listLibraries(chosen?: string): Library[] {
  if (chosen !== undefined && !LIBRARY_ID.test(chosen)) throw badLibrary(chosen);
  const personal = chosen?.startsWith("UR_") ? chosen : "UR_Sandbox000001";
  const group = chosen?.startsWith("GR_") ? chosen : "GR_Sandbox000002";
  return [
    { libraryId: personal, libraryName: "Sandbox User" },
    { libraryId: group, libraryName: "Sandbox Group" },
  ];
}

/** One page of `GET /API/v3/libraries`; `origin` makes `nextPage` absolute. */
export function pageOfLibraries(
  libraries: readonly Library[],
  offsetText: string | null,
  origin: string,
): Answer {
  const offset = /^\d{1,9}$/.test(offsetText ?? "") ? Number(offsetText) : 0;
  const end = offset + PAGE_LENGTH;
  const nextPage = end < libraries.length ? `${origin}/API/v3/libraries?offset=${end}` : null;
  return resultAnswer({ elements: libraries.slice(offset, end), nextPage });
}

/** `GET /API/v3/whoami`; `userId` is the personal library (qualtrics-api: Operations). */
export function whoami(libraries: readonly Library[]): Answer {
  return resultAnswer({
    brandId: "sandbox",
    userId: libraries[0]?.libraryId,
    userName: "sandbox@example.com",
    accountType: "UT_BRANDADMIN",
    firstName: "Sandbox",
    lastName: "User",
    email: "sandbox@example.com",
    datacenter: "sandbox",
  });
}

function badLibrary(id: string): UserError {
  return new UserError("BAD_LIBRARY_ID", `'${id}' is not a library id`, {
    hint: "give UR_ or GR_ followed by 11 to 15 letters and digits",
  });
}
