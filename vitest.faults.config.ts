import { defineConfig } from "vitest/config";

/** The long programme (`npm run test:faults`); QGFX_FAULTS=short is the form CI runs. */
export default defineConfig({
  test: {
    include: ["test/faults/**/*.test.ts", "test/execute/**/*.test.ts"],
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
