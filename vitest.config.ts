import { defineConfig } from "vitest/config";

/** Two projects: unit tests beside the code, end-to-end tests on a real Engine, one file at a time. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{cli,sidecar,docker}/**/*.test.ts"],
          exclude: ["**/*.netns.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts", "sidecar/**/*.netns.test.ts"],
          globalSetup: ["test/e2e/support/setup.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
