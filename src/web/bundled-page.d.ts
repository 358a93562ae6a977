/** A page with its style and script inside, see `bundled-pages.mjs`. */
declare module "*.html?bundled" {
  export const html: string;
  /** `sha256-…`, as a policy names the style. */
  export const styleHash: string;
  /** `sha256-…`, as a policy names the script. */
  export const scriptHash: string;
}
