import { expect, it } from "vitest";
import type { Action } from "../../src/plan/action.ts";
import {
  buildPlanDocument,
  type PlanDocument,
  planJsonParts,
} from "../../src/plan/plan-document.ts";

const ACTION: Action = {
  action: "create",
  reason: "new",
  line: 2,
  path: "a.png",
  name: 'two\u2028lines, a "quote" and a \\',
  folder: "Summer\n{}",
  contentType: "image/png",
  sha256: "00",
  bytes: 1,
  graphicId: null,
};
const TARGET = { host: "fra1.qualtrics.com", library: "UR_1" };

it.each([0, 1, 3])("is the same JSON in parts and in one, with %d actions", (count) => {
  const actions = Array.from({ length: count }, () => ACTION);
  const document = buildPlanDocument("m.csv", TARGET, actions);
  expect([...planJsonParts(document)].join("")).toBe(JSON.stringify(document, null, 2));
});

it("keeps what makes it a saved plan", () => {
  const document = buildPlanDocument("m.csv", TARGET, [ACTION]);
  const saved = { manifestSha256: "00", nested: { a: [1] } } as unknown as PlanDocument["saved"];
  const plan = { ...document, saved } as PlanDocument;
  expect([...planJsonParts(plan)].join("")).toBe(JSON.stringify(plan, null, 2));
});
