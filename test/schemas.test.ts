import { expect, it } from "vitest";
import { z } from "zod";
import { runEventSchema } from "../src/execute/events.ts";
import { manifestSchema } from "../src/manifest/yaml-schema.ts";
import { planDocumentSchema } from "../src/plan/plan-document.ts";
import {
  accountSchema,
  diagnosisSchema,
  librariesSchema,
  probeSchema,
  setupDocumentSchema,
} from "../src/report/account.ts";
import { adoptionSchema } from "../src/report/adoption.ts";
import { deletionDocumentSchema } from "../src/report/deletion-document.ts";
import { exportDocumentSchema, resultsWrittenSchema } from "../src/report/export-formats.ts";
import {
  explanationSchema,
  historySchema,
  mergeDocumentSchema,
} from "../src/report/ledger-documents.ts";
import {
  failureSchema,
  initDocumentSchema,
  repairDocumentSchema,
  validationSchema,
} from "../src/report/manifest-documents.ts";
import { resolutionSchema } from "../src/report/resolution.ts";
import { fetchSchema, fillSchema } from "../src/report/survey-documents.ts";
import { verificationSchema } from "../src/report/verification.ts";
import { faultScriptSchema } from "../src/sandbox/fault-script.ts";
import { sandboxStartSchema } from "../src/sandbox/start-sandbox.ts";

/** Title, and the schema each published file is made from. */
const PUBLISHED = [
  ["manifest", "qgfx manifest (YAML), version 1", manifestSchema, "input"],
  ["validation", "qgfx validate --json, version 1", validationSchema, "output"],
  ["init", "qgfx init --json, version 1", initDocumentSchema, "output"],
  ["fix", "qgfx validate --fix --json, version 1", repairDocumentSchema, "output"],
  ["plan", "qgfx plan --json, version 1", planDocumentSchema, "output"],
  ["ids", "qgfx results --format … --json, version 1", exportDocumentSchema, "output"],
  ["fetch", "qgfx fetch --json, version 1", fetchSchema, "output"],
  ["fill", "qgfx fill --json, version 1", fillSchema, "output"],
  ["explanation", "qgfx explain --json, version 1", explanationSchema, "output"],
  ["history", "qgfx history --json, version 1", historySchema, "output"],
  ["verification", "qgfx verify --json, version 1", verificationSchema, "output"],
  ["results-written", "qgfx results --json, version 1", resultsWrittenSchema, "output"],
  ["resolution", "qgfx resolve --json, version 1", resolutionSchema, "output"],
  ["account", "qgfx whoami --json, version 1", accountSchema, "output"],
  ["diagnosis", "qgfx doctor --json, version 1", diagnosisSchema, "output"],
  ["probe", "qgfx doctor --probe --json, version 1", probeSchema, "output"],
  ["setup", "qgfx setup --json, version 1", setupDocumentSchema, "output"],
  ["libraries", "qgfx libraries --json, version 1", librariesSchema, "output"],
  ["sandbox", "qgfx sandbox, first line", sandboxStartSchema, "output"],
  ["fault-script", "qgfx sandbox --script, version 1", faultScriptSchema, "input"],
  ["adoption", "qgfx adopt --json, version 1", adoptionSchema, "output"],
  ["deletions", "qgfx prune --json and undo --json, version 1", deletionDocumentSchema, "output"],
  ["merge", "qgfx merge --json, version 1", mergeDocumentSchema, "output"],
  ["failure", "qgfx … --json where it fails, version 1", failureSchema, "output"],
  ["events", "qgfx apply --json, one line, version 1", runEventSchema, "output"],
] as const;

// Editors read draft 7 best. `npm run schemas` writes the files again after a change of a schema.
it.each(PUBLISHED)(
  "schemas/%s.schema.json says what the code holds",
  async (name, title, schema, io) => {
    const json = { title, ...z.toJSONSchema(schema, { target: "draft-7", io }) };
    await expect(`${JSON.stringify(json, null, 2)}\n`).toMatchFileSnapshot(
      `../schemas/${name}.schema.json`,
    );
  },
);
