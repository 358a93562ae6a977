import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SUFFIX = "?bundled";
const STYLE = /<link rel="stylesheet" href="(.+?)">/;
const SCRIPT = /<script type="module" src="(.+?)"><\/script>/;
const CSS_IMPORT = /^@import "(.+)";$/gm;

/**
 * Plugin of Rolldown and Vite: `import { html } from "./page.html?bundled"` is the page with the style and the script
 * it names inside, and the hashes by which a policy lets them in (CSP 3 §2.3.1).
 */
export function bundledPages() {
  return {
    name: "bundled-pages",
    enforce: "pre",
    resolveId(source, importer) {
      if (!importer || !source.endsWith(SUFFIX)) return null;
      const file = resolve(dirname(importer), source.slice(0, -SUFFIX.length));
      // A name of its own: Vite takes what ends in .html for its own kind of page. It stands in what is built, which must
      // not depend on where that was.
      return `\0${relative(ROOT, file).replaceAll("\\", "/")}.js`;
    },
    async load(id) {
      return /^\0.*\.html\.js$/.test(id)
        ? bundlePage(resolve(ROOT, id.slice(1, -".js".length)))
        : null;
    },
  };
}

async function bundlePage(file) {
  const page = readFileSync(file, "utf8");
  const at = (pattern) => resolve(dirname(file), pattern.exec(page)?.[1] ?? "");
  const style = readStyle(at(STYLE));
  const script = await bundleScript(at(SCRIPT));
  const html = page
    .replace(STYLE, () => `<style>${style}</style>`)
    .replace(SCRIPT, () => `<script>${script}</script>`);
  return `export const html = ${JSON.stringify(html)};
export const styleHash = "${hash(style)}";
export const scriptHash = "${hash(script)}";`;
}

function readStyle(file) {
  const read = (_, other) => readStyle(resolve(dirname(file), other));
  return readFileSync(file, "utf8").replace(CSS_IMPORT, read).trim();
}

async function bundleScript(input) {
  const { output } = await build({
    input,
    write: false,
    logLevel: "warn",
    output: { format: "iife", minify: true, codeSplitting: false },
  });
  const code = output[0].code.trim();
  if (/<\/script|<!--/i.test(code)) throw new Error(`${input}: the script would end its element`);
  return code;
}

/** As a policy names it. */
function hash(text) {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
