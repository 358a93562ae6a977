import { UserError } from "../user-error.ts";
import { unreadable } from "./ask-account.ts";
import { type Envelope, type LibraryEntry, parseLibraryPage } from "./responses.ts";

/** More than any account has; a service that never ends its list is stopped here. */
const MAX_PAGES = 1000;

/**
 * All libraries, page by page. `nextPage` is followed on the same origin only, for the token goes with
 * the request; `ask` gets the path and query of each page.
 */
export async function listLibraries(
  baseUrl: string,
  ask: (path: string) => Promise<Envelope>,
): Promise<LibraryEntry[]> {
  const libraries: LibraryEntry[] = [];
  const asked = new Set<string>();
  let path: string | null = "/API/v3/libraries";
  while (path !== null) {
    if (asked.has(path) || asked.size >= MAX_PAGES) throw endless(asked.size);
    asked.add(path);
    const { result } = await ask(path);
    const page = parseLibraryPage(result) ?? unreadable(baseUrl);
    libraries.push(...page.libraries);
    path = page.nextPage === null ? null : pathOnHost(page.nextPage, baseUrl);
  }
  return libraries;
}

function pathOnHost(nextPage: string, baseUrl: string): string {
  if (!URL.canParse(nextPage)) unreadable(baseUrl);
  const { origin, host, pathname, search } = new URL(nextPage);
  if (origin === baseUrl) return pathname + search;
  throw new UserError(
    "NEXT_PAGE_ELSEWHERE",
    `the list of libraries goes on at ${host || "another place"}, not at ${baseUrl}; the token was not sent there`,
    { hint: "if you trust that host, give it with --host", exitCode: 8 },
  );
}

function endless(pages: number): UserError {
  return new UserError("LIST_ENDLESS", `the list of libraries does not end (${pages} pages read)`, {
    hint: "try again later, or take the library id from Account Settings, Qualtrics IDs",
    exitCode: 8,
  });
}
