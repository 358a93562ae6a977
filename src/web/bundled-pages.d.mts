/** What `bundled-pages.mjs` gives, as both bundlers take it. */
export function bundledPages(): {
  name: string;
  enforce: "pre";
  resolveId(source: string, importer: string | undefined): string | null;
  load(id: string): Promise<string | null>;
};
