import { defineConfig } from "vitest/config";
import { bundledPages } from "./src/web/bundled-pages.mjs";

const isShort = process.env.QGFX_FAULTS === "short";

/** The long programme (`npm run test:faults`); QGFX_FAULTS=short is the form CI runs. */
export default defineConfig({
  plugins: [bundledPages()],
  test: {
    include: ["test/faults/**/*.test.ts", "test/execute/**/*.test.ts"],
    // What the executor's own tests do a little of in the quick suite.
    env: isShort ? {} : { QGFX_HISTORIES: "20000", QGFX_STORMS: "500" },
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
