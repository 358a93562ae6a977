import type { IncomingMessage } from "node:http";
import { basename } from "node:path";
import { z } from "zod";
import { DEFAULT_MAX_BYTES } from "../jobs/options.ts";
import { formatBytes } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import { listStart, makeSheet } from "./find-sheets.ts";
import { addPicture, readOldPicture, readPicture } from "./pictures.ts";
import {
  exportIds,
  listExports,
  readHistory,
  readResults,
  readUnknowns,
  settle,
} from "./read-record.ts";
import { listSheetRepairs, repairSheet } from "./repair-sheet.ts";
import { jsonReply, notFound, type Reply } from "./reply.ts";
import {
  deleteSchema,
  type ExportWanted,
  exportSchema,
  librariesSchema,
  runSchema,
  settleSchema,
  stopSchema,
  targetSchema,
} from "./run-api.ts";
import {
  editsSchema,
  openSchema,
  otherSheetSchema,
  repairSchema,
  saveSchema,
  stepSchema,
} from "./sheet-api.ts";
import { listDeletions, startDeletion, startUpload } from "./start-run.ts";
import type { Workspace } from "./workspace.ts";

/** One request of a page that was let in. */
interface Asked {
  workspace: Workspace;
  request: IncomingMessage;
  /** What follows the route's name in the path; empty: nothing. */
  rest: string;
  query: URLSearchParams;
}

const MOST_JSON_BYTES = 64 * 1024;
/** A paste into 100,000 rows. */
const MOST_EDIT_BYTES = 64 * 1024 * 1024;
const MOST_SURVEY_BYTES = 64 * 1024 * 1024;
const NOTHING = z.strictObject({});

type Route = (asked: Asked) => Promise<Reply>;

/** Answers a document. */
function get(look: (workspace: Workspace, query: URLSearchParams) => unknown): Route {
  return async ({ workspace, query }) => jsonReply(await look(workspace, query));
}

/** Does what a body of that form wants, and answers a document. */
function post<Schema extends z.ZodType>(
  schema: Schema,
  act: (workspace: Workspace, wanted: z.infer<Schema>) => unknown,
  { status = 200, mostBytes = MOST_JSON_BYTES }: { status?: number; mostBytes?: number } = {},
): Route {
  return async ({ workspace, request }) => {
    const wanted = await readJson(request, schema, mostBytes);
    return jsonReply(await act(workspace, wanted), status);
  };
}

/** Does something with a file's bytes, and answers a document. */
function postBytes(
  act: (workspace: Workspace, bytes: Buffer, query: URLSearchParams) => unknown,
  mostBytes: number,
): Route {
  return async ({ workspace, request, query }) => {
    expectType(request, "application/octet-stream");
    return jsonReply(await act(workspace, await readBody(request, mostBytes), query));
  };
}

/** Every address below `/api/`, by its method and the first part of its path; see run-api.ts. */
const ROUTES: Readonly<Record<string, Route>> = {
  "GET state": get((workspace) => workspace.state()),
  "GET start": get(({ directory }) => listStart(directory)),
  "GET sheet": get(({ sheet }) => sheet.draft.document()),
  "GET validation": get(({ checked }) => checked.validation),
  "GET plan": get(({ checked }) => checked.plan),
  "POST open": post(openSchema, (workspace, wanted) =>
    "file" in wanted ? workspace.open(wanted.file) : makeSheet(workspace, wanted.directory),
  ),
  "POST sheet": post(otherSheetSchema, (workspace, { name }) => workspace.reload(name)),
  // What the file holds takes the place of all that was not saved.
  "POST reload": post(NOTHING, (workspace) => workspace.reload()),
  "POST discard": post(NOTHING, (workspace) => workspace.reload()),
  "POST edits": post(
    editsSchema,
    (workspace, edits) => workspace.change((draft) => draft.apply(edits)),
    { mostBytes: MOST_EDIT_BYTES },
  ),
  "POST undo": post(stepSchema, (workspace, { base }) =>
    workspace.change((draft) => draft.undo(base)),
  ),
  "POST redo": post(stepSchema, (workspace, { base }) =>
    workspace.change((draft) => draft.redo(base)),
  ),
  "POST check": post(NOTHING, (workspace) => {
    workspace.check(0);
    return { version: 1 };
  }),
  "GET repairs": get(listSheetRepairs),
  "POST repair": post(repairSchema, repairSheet),
  "POST save": async ({ workspace, request }) => {
    const saved = await workspace.save(await readJson(request, saveSchema, MOST_EDIT_BYTES));
    return jsonReply(saved, "conflicts" in saved ? 409 : 200);
  },
  "POST target": post(targetSchema, (workspace, wanted) => workspace.aim(wanted)),
  "POST libraries": post(librariesSchema, ({ target }, wanted) => target.listLibraries(wanted)),
  "POST run": post(runSchema, startUpload, { status: 202 }),
  "POST stop": post(stopSchema, ({ run }, { now }) => {
    if (!run || run.isOver) throw notFound("run under way");
    run.stop(now);
    return run.tally.describe();
  }),
  "GET deletions": get((workspace, query) => listDeletions(workspace, runOf(query))),
  "POST delete": post(deleteSchema, startDeletion, { status: 202 }),
  "GET results": get(readResults),
  "GET unknowns": get(readUnknowns),
  "POST settle": post(settleSchema, settle),
  "GET history": get(readHistory),
  "GET exports": get(listExports),
  "GET export": get((workspace, query) => exportIds(workspace, exportOf(query))),
  "POST export": post(exportSchema, (workspace, { file, ...wanted }) =>
    exportIds(workspace, wanted, file),
  ),
  "POST questions": postBytes((workspace, bytes, query) => {
    const name = basename(query.get("template") ?? "").slice(0, 255);
    const wanted = { ...exportOf(query), format: "question", template: { name, bytes } };
    return exportIds(workspace, wanted, query.get("file") ?? undefined);
  }, MOST_SURVEY_BYTES),
  "GET picture": async ({ workspace, rest, query }) =>
    query.has("old") ? readOldPicture(workspace, rest) : readPicture(workspace, rest),
  "POST pictures": postBytes(
    (workspace, bytes, query) => addPicture(workspace, query.get("name") ?? "", bytes),
    DEFAULT_MAX_BYTES,
  ),
  "POST close": post(NOTHING, async (workspace) => {
    await workspace.closeSheet();
    return workspace.state();
  }),
};

/** The format that is asked for, and the columns that it goes by. */
function exportOf(query: URLSearchParams): Omit<ExportWanted, "file"> {
  return {
    format: query.get("format") ?? "",
    groupBy: query.get("groupBy") ?? undefined,
    columns: query.get("columns") ?? undefined,
  };
}

/** The run that is asked about; null: the orphans are. */
function runOf(query: URLSearchParams): number | null {
  const text = query.get("run");
  if (text === null && query.has("orphans")) return null;
  if (text !== null && /^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw malformed("expected run=N or orphans");
}

/** Answers a request; a `UserError` where there is nothing at that address, or the user has something to put right. */
export async function answer(asked: Asked, name: string): Promise<Reply> {
  const key = `${asked.request.method} ${name}`;
  const route = Object.hasOwn(ROUTES, key) ? ROUTES[key] : undefined;
  if (!route) throw notFound(`'${name}'`);
  return route(asked);
}

/** The body of a request; a `UserError` where it is larger than allowed, or the client gives up. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    length += part.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The same as JSON of that form; a `UserError` says where it is not. */
async function readJson<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
  maxBytes: number,
): Promise<z.infer<Schema>> {
  expectType(request, "application/json");
  const body = await readBody(request, maxBytes);
  const parsed = schema.safeParse(parse(body));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join(".") || "the body";
  throw malformed(`${place}: ${issue?.message}`);
}

/** A form of another site can send other types, without a question of the browser. */
function expectType({ headers }: IncomingMessage, wanted: string): void {
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type === wanted) return;
  throw new UserError("WRONG_TYPE", `the body is not ${wanted}`, { hint: "reload the page" });
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw malformed("the body is not JSON");
  }
}

/** A request that no page of ours sends. */
function malformed(message: string): UserError {
  return new UserError("MALFORMED", message, { hint: "reload the page" });
}

function tooLarge(maxBytes: number): UserError {
  return new UserError("TOO_LARGE", `what was sent is larger than ${formatBytes(maxBytes)}`, {
    hint: "send less at once",
  });
}
