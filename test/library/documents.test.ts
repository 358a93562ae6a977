import { join } from "node:path";
import { expect, it } from "vitest";
import { readSchema } from "../support/schema-fields.ts";
import { formatTypes, type NamedParts } from "../support/schema-types.ts";

/** The types that the library gives, by the schema each is made from. */
const TYPES: Record<string, NamedParts> = {
  validation: { Problem: "diagnostics[]" },
  plan: {
    PlanDocument: "",
    Target: "target",
    PlanSummary: "summary",
    Action: "actions[]",
    SavedPlan: "saved",
  },
  events: {
    RunEvent: "",
    Target: "<run.started>.target",
    PlanSummary: "<run.started>.summary",
    RunStarted: "<run.started>",
    ItemStarted: "<item.started>",
    ItemRetrying: "<item.retrying>",
    ItemFinished: "<item.finished>",
    RunFinished: "<run.finished>",
    RunSummary: "<run.finished>.summary",
  },
  ids: { ExportDocument: "" },
  resolution: {
    Resolution: "",
    UsedList: "list",
    SettledUpload: "settled[]",
    UnknownUpload: "unknown[]",
  },
  adoption: { Adoption: "", Target: "target", UsedList: "list", AdoptedRow: "rows[]" },
  verification: { Verification: "", Target: "target", VerifiedGraphic: "graphics[]" },
  merge: { MergeDocument: "", RunSummary: "summary", MergeConflict: "conflicts[]" },
};

const HEAD =
  "// What commands print with --json. `npm run schemas` writes this file from schemas/.\n\n";

// A package whose types named zod would bring zod along.
it("src/library/documents.ts says what the schemas say", async () => {
  const written = new Set<string>();
  const types = Object.entries(TYPES).flatMap(([name, parts]) => {
    const declarations = formatTypes(readSchema(name), parts, written);
    for (const one of Object.keys(parts)) written.add(one);
    return declarations;
  });
  const file = join(import.meta.dirname, "../../src/library/documents.ts");
  await expect(HEAD + types.join("\n")).toMatchFileSnapshot(file);
});
