import { existsSync, statfsSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { bundledPages } from "./src/web/bundled-pages.mjs";

const MEMORY = "/dev/shm";
const ROOM_BYTES = 1_000_000_000;

/** A disk in memory where there is one with room, so that nothing waits for a disk; the long programme does. */
function temporaryFolder(): Record<string, string> {
  if (process.env.TMPDIR !== undefined || !existsSync(MEMORY)) return {};
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize < ROOM_BYTES ? {} : { TMPDIR: MEMORY };
}

export default defineConfig({
  plugins: [bundledPages()],
  test: {
    // `npm test` is the quick suite, `npm run test:browser` what needs a browser.
    projects: [
      {
        extends: true,
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: ["test/faults/**", "test/published/**", "test/browser/**"],
        },
      },
      { extends: true, test: { name: "browser", include: ["test/browser/*.test.ts"] } },
    ],
    env: temporaryFolder(),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A page that asks once a second may be late on a busy machine.
    expect: { poll: { timeout: 10_000 } },
    // Tests mostly wait for processes and sockets: three more workers than two cores keep both busy.
    maxWorkers: 5,
    // Less time for garbage: what a test made is mostly gone before it is looked at.
    execArgv: ["--max-semi-space-size=32"],
    // No module keeps state that a test could leave behind; loading all of them per file took a minute.
    isolate: false,
  },
});
