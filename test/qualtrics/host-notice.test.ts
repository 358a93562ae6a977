import { expect, test } from "vitest";
import { hostFromNotice } from "../../src/qualtrics/host.ts";

test.each([
  [
    "Request proxied. For faster response times, use this host instead: fra1.qualtrics.com",
    "fra1.qualtrics.com",
  ],
  ["use this host instead: Brand.FRA1.qualtrics.com.", "brand.fra1.qualtrics.com"],
  ["use this host instead: evil.example", null],
  ["use this host instead: evilqualtrics.com", null],
  ["use this host instead: fra1.qualtrics.com.evil.example", null],
  ["use this host instead: ", null],
  ["scheduled maintenance at fra1.qualtrics.com", null],
  ["", null],
])("%j names %j", (notice, host) => {
  expect(hostFromNotice(notice)).toBe(host);
});
