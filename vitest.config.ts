import { defineConfig } from "vitest/config";

/** Unit tests beside the code, those of the interceptor by both of its fast lanes; end-to-end tests on a real Engine, one file at a time. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "{cli,sidecar,docker}/**/*.test.ts",
            "test/cli-tasks/*.test.ts",
          ],
          exclude: ["**/*.netns.test.ts"],
          testTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        // The same without the lanes that are only faster, which have most of the requests else.
        test: {
          name: "unit-without-plane",
          include: [
            "sidecar/interceptor/{differential,forward,fuzz,interceptor,plane-choice,proxied,recorder,relay,requests,smuggling,streams,waits}.test.ts",
          ],
          env: { SIDESTEP_PLANE: "0" },
          testTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts", "sidecar/**/*.netns.test.ts"],
          // Their containers have both of a small machine's processors busy, and some tests wait for seconds only.
          fileParallelism: false,
          globalSetup: ["test/e2e/support/setup.ts"],
          setupFiles: ["test/e2e/support/checker.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
