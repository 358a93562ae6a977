import type { IncomingMessage } from "node:http";
import { basename } from "node:path";
import { z } from "zod";
import { DEFAULT_MAX_BYTES } from "../jobs/options.ts";
import {
  editSheet,
  listSheetRepairs,
  readOtherSheet,
  repairSheet,
  saveSheet,
  stepSheet,
} from "./change-sheet.ts";
import { chooseTarget, listLibraries } from "./choose-target.ts";
import { exportIds, listExports } from "./export-ids.ts";
import { listStart } from "./list-start.ts";
import { makeSheet } from "./make-sheet.ts";
import { readOldPicture } from "./old-pictures.ts";
import { addPicture, readPicture } from "./pictures.ts";
import { readHistory, readResults, readUnknowns, settle } from "./read-record.ts";
import { jsonReply, notFound, type Reply } from "./reply.ts";
import { expectType, malformed, readBody, readJson } from "./request-body.ts";
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
export interface Asked {
  workspace: Workspace;
  request: IncomingMessage;
  /** What follows the route's name in the path; empty: nothing. */
  rest: string;
  query: URLSearchParams;
}

type Route = (asked: Asked) => Reply | Promise<Reply>;

const MOST_JSON_BYTES = 64 * 1024;
/** A paste into 100,000 rows. */
const MOST_EDIT_BYTES = 64 * 1024 * 1024;
/** An exported survey. */
const MOST_SURVEY_BYTES = 64 * 1024 * 1024;
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
        : await makeSheet(workspace, wanted.directory),
    );
  },
  "POST sheet": async (asked) => {
    const { name } = await bodyOf(asked, otherSheetSchema);
    return jsonReply(await readOtherSheet(asked.workspace, name));
  },
  "POST reload": reload,
  "POST discard": reload,
  "POST edits": async (asked) =>
    jsonReply(await editSheet(asked.workspace, await bodyOf(asked, editsSchema, MOST_EDIT_BYTES))),
  "POST undo": async (asked) => {
    const { base } = await bodyOf(asked, stepSchema);
    return jsonReply(await stepSheet(asked.workspace, "undo", base));
  },
  "POST redo": async (asked) => {
    const { base } = await bodyOf(asked, stepSchema);
    return jsonReply(await stepSheet(asked.workspace, "redo", base));
  },
  "POST check": async (asked) => {
    await bodyOf(asked, NOTHING);
    asked.workspace.check(0);
    return jsonReply({ version: 1 });
  },
  "GET repairs": async ({ workspace }) => jsonReply(await listSheetRepairs(workspace)),
  "POST repair": async (asked) =>
    jsonReply(await repairSheet(asked.workspace, await bodyOf(asked, repairSchema))),
  "POST save": async (asked) => {
    const wanted = await bodyOf(asked, saveSchema, MOST_EDIT_BYTES);
    const saved = await saveSheet(asked.workspace, wanted);
    return jsonReply(saved, "conflicts" in saved ? 409 : 200);
  },
  "POST target": async (asked) =>
    jsonReply(await chooseTarget(asked.workspace, await bodyOf(asked, targetSchema))),
  "POST libraries": async (asked) =>
    jsonReply(await listLibraries(asked.workspace, await bodyOf(asked, librariesSchema))),
  "POST run": async (asked) => {
    const wanted = await bodyOf(asked, runSchema);
    return jsonReply(await startUpload(asked.workspace, wanted), 202);
  },
  "POST stop": async (asked) => {
    const { now } = await bodyOf(asked, stopSchema);
    const { run } = asked.workspace;
    if (!run || run.isOver) throw notFound("run under way");
    run.stop(now);
    return jsonReply(run.tally.describe());
  },
  "GET deletions": async ({ workspace, query }) =>
    jsonReply(await listDeletions(workspace, runOf(query))),
  "POST delete": async (asked) => {
    const wanted = await bodyOf(asked, deleteSchema);
    return jsonReply(await startDeletion(asked.workspace, wanted), 202);
  },
  "GET results": async ({ workspace }) => jsonReply(await readResults(workspace)),
  "GET unknowns": async ({ workspace }) => jsonReply(await readUnknowns(workspace)),
  "POST settle": async (asked) =>
    jsonReply(await settle(asked.workspace, await bodyOf(asked, settleSchema))),
  "GET history": async ({ workspace }) => jsonReply(await readHistory(workspace)),
  "GET exports": () => jsonReply(listExports()),
  "GET export": async ({ workspace, query }) =>
    jsonReply(await exportIds(workspace, exportOf(query))),
  "POST export": async (asked) => {
    const { file, ...wanted } = await bodyOf(asked, exportSchema);
    return jsonReply(await exportIds(asked.workspace, wanted, file));
  },
  "POST questions": async ({ workspace, request, query }) => {
    expectType(request, "application/octet-stream");
    const bytes = await readBody(request, MOST_SURVEY_BYTES);
    const name = basename(query.get("template") ?? "").slice(0, 255);
    const template = { name, bytes };
    const wanted = { ...exportOf(query), format: "question", template };
    return jsonReply(await exportIds(workspace, wanted, query.get("file") ?? undefined));
  },
  "GET picture": ({ workspace, rest, query }) =>
    query.has("old") ? readOldPicture(workspace, rest) : readPicture(workspace, rest),
  "POST pictures": async ({ workspace, request, query }) => {
    expectType(request, "application/octet-stream");
    const bytes = await readBody(request, DEFAULT_MAX_BYTES);
    return jsonReply(await addPicture(workspace, query.get("name") ?? "", bytes));
  },
  "POST close": async (asked) => {
    await bodyOf(asked, NOTHING);
    await asked.workspace.closeSheet();
    return jsonReply(await asked.workspace.state());
  },
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

/** What the file holds takes the place of all that was not saved. */
async function reload(asked: Asked): Promise<Reply> {
  await bodyOf(asked, NOTHING);
  return jsonReply(await asked.workspace.reload());
}

function bodyOf<Schema extends z.ZodType>(
  { request }: Asked,
  schema: Schema,
  mostBytes: number = MOST_JSON_BYTES,
) {
  return readJson(request, schema, mostBytes);
}

/** Answers a request; a `UserError` where there is nothing at that address, or the user has something to put right. */
export async function answer(asked: Asked, name: string): Promise<Reply> {
  const key = `${asked.request.method} ${name}`;
  const route = Object.hasOwn(ROUTES, key) ? ROUTES[key] : undefined;
  if (!route) throw notFound(`'${name}'`);
  return route(asked);
}
