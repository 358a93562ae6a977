import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { checkFaultScript } from "../../src/sandbox/fault-script.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { makeDirectory, type OpenPage } from "./open-page.ts";
import { png } from "./pictures.ts";

/** A directory with a sheet of so many pictures. */
export function sheetOf(count: number): string {
  const directory = makeDirectory();
  const names = Array.from({ length: count }, (_, index) => `p${index + 1}.png`);
  for (const [index, name] of names.entries()) writeFileSync(join(directory, name), png(index + 1));
  writeFileSync(
    join(directory, "m.csv"),
    `path,folder\n${names.map((name) => `${name},A\n`).join("")}`,
  );
  return directory;
}

/** A service of this computer that has a bad day. */
export async function service(script: object = {}) {
  const parsed = checkFaultScript({ version: 1, ...script });
  const sandbox = await startSandbox({ script: parsed });
  onTestFinished(() => sandbox.close());
  const held = async (): Promise<{ id: string; name: string }[]> => {
    const body = await (await fetch(`${sandbox.url}/sandbox/graphics`)).json();
    return Array.isArray(body) ? body : body.graphics;
  };
  return { ...sandbox, held };
}

/** Opens the sheet against a service and waits for its plan; gives what POST `run` wants. */
export async function preview(page: OpenPage, sandbox?: Sandbox) {
  const events = page.listen();
  await events.next("state");
  if (sandbox) {
    const { url: host, token, library } = sandbox;
    const service = { kind: "service", host, token, library, keep: false };
    const answer = await page.post("target", service);
    expect(answer.status, answer.body.toString()).toBe(200);
  }
  const { head } = (await page.post("open", { file: "m.csv" })).json;
  await events.next("plan");
  const { plan } = (await page.get("plan")).json;
  const { create, replace, bytes } = plan.summary;
  const { library } = plan.target;
  return {
    events,
    wanted: { revision: head.revision, uploads: create + replace, bytes, library, unknown: "hold" },
  };
}
