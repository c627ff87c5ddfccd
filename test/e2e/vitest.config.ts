import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Every worker inherits it. What is in there is quicker than the machine's own.
process.env["PATH"] = `${join(import.meta.dirname, "../support/bin")}:${process.env["PATH"] ?? ""}`;

export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ["test/e2e/*.test.ts"],
    globalSetup: "test/support/fresh-build.ts",
    // Most of a test is waiting for the start of a program.
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 30_000,
  },
});
