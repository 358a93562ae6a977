import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { openSchema } from "./sheet-api.ts";
import { listStart } from "./list-start.ts";
import { jsonReply, notFound, type Reply } from "./reply.ts";
import { readJson } from "./request-body.ts";
import type { Workspace } from "./workspace.ts";

/** One request of a page that was let in. */
export interface Asked {
  workspace: Workspace;
  request: IncomingMessage;
  /** What follows the route's name in the path; empty: nothing. */
  rest: string;
  query: URLSearchParams;
}

type Route = (asked: Asked) => Reply | Promise<Reply>;

const MOST_JSON_BYTES = 64 * 1024;
const NOTHING = z.strictObject({});

/** Every address below `/api/`, by its method and the first part of its path; see api.ts. */
const ROUTES: Readonly<Record<string, Route>> = {
  "GET state": async ({ workspace }) => jsonReply(await workspace.state()),
  "GET start": async ({ workspace }) => jsonReply(await listStart(workspace.served.directory)),
  "GET sheet": ({ workspace }) => jsonReply(workspace.sheet.document),
  "GET validation": ({ workspace }) => jsonReply(workspace.checked.validation),
  "GET plan": ({ workspace }) => jsonReply(workspace.checked.plan),
  "POST open": async (asked) => {
    const wanted = await bodyOf(asked, openSchema);
    const { workspace } = asked;
    return jsonReply(
      "file" in wanted
        ? await workspace.open(wanted.file)
        : await workspace.openDirectory(wanted.directory),
    );
  },
  "POST reload": async (asked) => {
    await bodyOf(asked, NOTHING);
    return jsonReply(await asked.workspace.reload());
  },
  "POST close": async (asked) => {
    await bodyOf(asked, NOTHING);
    await asked.workspace.closeSheet();
    return jsonReply(await asked.workspace.state());
  },
};

function bodyOf<Schema extends z.ZodType>({ request }: Asked, schema: Schema) {
  return readJson(request, schema, MOST_JSON_BYTES);
}

/** Answers a request; a `UserError` where there is nothing at that address, or the user has something to put right. */
export async function answer(asked: Asked, name: string): Promise<Reply> {
  const key = `${asked.request.method} ${name}`;
  const route = Object.hasOwn(ROUTES, key) ? ROUTES[key] : undefined;
  if (!route) throw notFound(`'${name}'`);
  return route(asked);
}
