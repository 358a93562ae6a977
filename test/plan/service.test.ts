import { describe, expect, it } from "vitest";
import { graphicUrl, keepUrlsOf } from "../../src/plan/service.ts";

const ID = "IM_0123456789abcde";
const QUALTRICS = "qualtrics.com";

describe("a recorded url", () => {
  it.each([
    [QUALTRICS, "https://fra1.qualtrics.com"],
    [QUALTRICS, "https://brand.iad1.qualtrics.com"],
    [QUALTRICS, "https://fra1.qualtrics.com:8443"],
    ["surveys.uni.example", "https://surveys.uni.example"],
    ["surveys.uni.example:8443", "https://surveys.uni.example:8443"],
    ["loopback:4000", "http://localhost:4000"],
    ["loopback:4000", "https://[::1]:4000"],
    ["sandbox", "http://127.0.0.1:39211"],
  ])("of %s is kept at %s", (service, origin) => {
    const url = graphicUrl(origin, ID);
    expect(keepUrlsOf(service)(url, ID)).toBe(url);
  });

  it.each([
    [QUALTRICS, graphicUrl("https://evil.example", ID)],
    [QUALTRICS, graphicUrl("https://evilqualtrics.com", ID)],
    [QUALTRICS, graphicUrl("https://qualtrics.com.evil.example", ID)],
    [QUALTRICS, graphicUrl("https://evil.example/?.qualtrics.com", ID)],
    [QUALTRICS, graphicUrl("https://fra1.qualtrics.com@evil.example", ID)],
    [QUALTRICS, graphicUrl("https://me:secret@fra1.qualtrics.com", ID)],
    [QUALTRICS, graphicUrl("http://fra1.qualtrics.com", ID)],
    [QUALTRICS, graphicUrl("https://fra1.qualtrics.com", "IM_another0000")],
    [QUALTRICS, graphicUrl("\u001b[2Jhttps://fra1.qualtrics.com", ID)],
    [QUALTRICS, graphicUrl("https://FRA1.qualtrics.com\n", ID)],
    [QUALTRICS, graphicUrl("javascript:alert(1)//fra1.qualtrics.com", ID)],
    [QUALTRICS, graphicUrl("ftp://fra1.qualtrics.com", ID)],
    ["surveys.uni.example", graphicUrl("https://surveys.uni.example:8443", ID)],
    ["loopback:4000", graphicUrl("http://localhost:4001", ID)],
    ["sandbox", graphicUrl("http://evil.example:4000", ID)],
    ["sandbox", graphicUrl("", ID)],
    ["sandbox", ""],
    [QUALTRICS, `file:///etc/passwd?IM=${ID}`],
  ])("of %s is dropped: %j", (service, url) => {
    const keepUrl = keepUrlsOf(service);
    expect([keepUrl(url, ID), keepUrl(url, ID)]).toEqual(["", ""]);
  });
});
