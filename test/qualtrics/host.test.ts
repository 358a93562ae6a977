import { expect, test } from "vitest";
import { parseHost } from "../../src/qualtrics/host.ts";
import { UserError } from "../../src/user-error.ts";

test.each([
  ["fra1.qualtrics.com", "https://fra1.qualtrics.com", "qualtrics.com"],
  ["https://brand.fra1.qualtrics.com/", "https://brand.fra1.qualtrics.com", "qualtrics.com"],
  ["  Brand.QUALTRICS.com ", "https://brand.qualtrics.com", "qualtrics.com"],
  ["HTTPS://fra1.qualtrics.com/API/v3", "https://fra1.qualtrics.com", "qualtrics.com"],
  ["https://fra1.qualtrics.com/API/v3/", "https://fra1.qualtrics.com", "qualtrics.com"],
  ["fra1.qualtrics.com.", "https://fra1.qualtrics.com", "qualtrics.com"],
  ["https://fra1.qualtrics.com:443", "https://fra1.qualtrics.com", "qualtrics.com"],
  ["https://fra1.qualtrics.com:8443", "https://fra1.qualtrics.com:8443", "qualtrics.com"],
  ["fra1.evilqualtrics.com", "https://fra1.evilqualtrics.com", "fra1.evilqualtrics.com"],
  ["qualtrics.com.evil.org", "https://qualtrics.com.evil.org", "qualtrics.com.evil.org"],
  ["Proxy.Example.org:8443", "https://proxy.example.org:8443", "proxy.example.org:8443"],
  ["https://10.0.0.7", "https://10.0.0.7", "10.0.0.7"],
  ["http://127.0.0.1:8080", "http://127.0.0.1:8080", "loopback:8080"],
  ["localhost:8080", "http://localhost:8080", "loopback:8080"],
  ["localhost", "http://localhost", "loopback:80"],
  ["[::1]:8080", "http://[::1]:8080", "loopback:8080"],
  ["http://[0:0:0:0:0:0:0:1]:8080/", "http://[::1]:8080", "loopback:8080"],
  ["127.255.0.9:99", "http://127.255.0.9:99", "loopback:99"],
  ["https://localhost", "https://localhost", "loopback:443"],
  ["xn--bcher-kva.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example"],
])("%s is %s of service %s", (text, baseUrl, service) => {
  expect(parseHost(text)).toEqual({ baseUrl, service });
});

test.each([
  "",
  "http://fra1.qualtrics.com",
  "http://127.0.0.1.example.org",
  "http://localhost.example.org",
  "http://[::ffff:127.0.0.1]:8080",
  "http://127.1:8080",
  "http://0x7f.0.0.1",
  "http://2130706433",
  "127.0.0.256",
  "ftp://fra1.qualtrics.com",
  "file:///etc/passwd",
  "https:fra1.qualtrics.com",
  "//fra1.qualtrics.com",
  "https://fra1.qualtrics.com/surveys",
  "https://fra1.qualtrics.com/API/v3/whoami",
  "https://fra1.qualtrics.com//",
  "https://user:secret@fra1.qualtrics.com",
  "https://fra1.qualtrics.com?x=1",
  "https://fra1.qualtrics.com#x",
  "https://fra1.qualtrics.com:0",
  "https://fra1.qualtrics.com:70000",
  "https://fra1.qualtrics.com:",
  "https://bücher.example",
  "https://ｆra1.qualtrics.com",
  "fra1。qualtrics.com",
  "fra1%2equaltrics.com",
  "fra1.qualtrics.com\\@evil.org",
  "fra1 .qualtrics.com",
  "fra1\n.qualtrics.com",
  "fra1..qualtrics.com",
  "-fra1.qualtrics.com",
  "fra1_x.qualtrics.com",
  `${"a".repeat(64)}.qualtrics.com`,
  "[::1",
  "[zz::1]",
  "fra1",
])("%j is refused", (text) => {
  expect(() => parseHost(text)).toThrow(UserError);
});

function refusalOf(text: string): UserError {
  try {
    parseHost(text);
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error(`not refused: ${text}`);
}

test("a data center alone gets its whole name as a hint", () => {
  expect(refusalOf("fra1").hint).toContain("fra1.qualtrics.com");
  expect(refusalOf("https://FRA1:443/").hint).toContain("fra1.qualtrics.com");
});

test("a secret in the host is not repeated", () => {
  for (const text of [
    "https://u:s3cret@h.example",
    "https://h.example/?token=s3cret",
    "h.de#s3cret",
  ]) {
    const { message, hint } = refusalOf(text);
    expect(`${message} ${hint}`).not.toContain("s3cret");
  }
});

test("plain http to another machine names the danger", () => {
  expect(refusalOf("http://fra1.qualtrics.com").message).toContain("unencrypted");
});
