import { defineConfig } from "vitest/config";
import { bundledPages } from "./src/web/bundled-pages.mjs";

const isShort = process.env.QGFX_FAULTS === "short";

/**
 * The long programme (`npm run test:faults`): the faults, and all that the quick suite tries a little of, in full.
 * QGFX_FAULTS=short is the form CI runs beside the quick suite: a little of each fault, and what is published.
 */
export default defineConfig({
  plugins: [bundledPages()],
  test: {
    include: isShort
      ? ["test/faults/**/*.test.ts", "test/published/*.test.ts"]
      : ["test/**/*.test.ts"],
    env: { QGFX_FAULTS: isShort ? "short" : "full" },
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 10_000 } },
    fileParallelism: false,
  },
});
