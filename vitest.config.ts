import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Every worker inherits it. What is in there is quicker than the machine's own.
process.env["PATH"] = `${join(import.meta.dirname, "test/support/bin")}:${process.env["PATH"] ?? ""}`;

const pure = [
  "agents",
  "app",
  "checkpoints",
  "cli",
  "clients",
  "context",
  "delegation",
  "docs",
  "domain",
  "escalation",
  "files",
  "logging",
  "mcp",
  "memory",
  "reviews",
  "routing",
  "rules",
  "runner",
  "settings",
  "setup/files",
  "setup/hooks",
  "setup/migrate",
  "state",
  "tools",
  "validation",
];

/**
 * Many tests wait for processes, so two cores hold more than the one worker that vitest would give them. With four, a turn of Codex took so long on
 * a slow machine that limits of the bridge itself were met.
 */
const WORKERS = Math.max(3, availableParallelism() - 1);

/** For the suites that run dist/. */
const FRESH_BUILD = "test/support/fresh-build.ts";

const EXIT_MATRICES = "test/exits/*-matrix.test.ts";

export default defineConfig({
  test: {
    dangerouslyIgnoreUnhandledErrors: false,
    maxWorkers: WORKERS,
    projects: [
      {
        test: {
          name: "unit",
          include: pure.map((folder) => `test/${folder}/**/*.test.ts`),
          exclude: [
            "test/cli/{attach,bad-input,checkpoint,commands,demo,hook,hook-rules,init,init-codex,jobs,migrate,output,proposals,receipts,review-gate,reviews,statusline,threads,validate}.test.ts",
            "test/reviews/targets/**",
            "test/memory/postgres/**",
          ],
          // Tests that bound their own time do so within this.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "process",
          include: ["test/{process,receipts,reviews/targets,worktrees}/**/*.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          // They share one server, which their set-up starts.
          name: "postgres",
          include: ["test/memory/postgres/**/*.test.ts"],
          globalSetup: [FRESH_BUILD, "test/memory/postgres/shared-server.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "server",
          include: [
            "test/{plugin,server,setup/doctor}/**/*.test.ts",
            "test/cli/{attach,bad-input,checkpoint,commands,demo,hook,hook-rules,init,init-codex,jobs,migrate,output,proposals,receipts,review-gate,reviews,statusline,threads,validate}.test.ts",
          ],
          globalSetup: FRESH_BUILD,
          // `init` ends with doctor, which starts what is registered on both sides.
          testTimeout: 40_000,
        },
      },
      {
        test: {
          name: "exits",
          include: ["test/exits/**/*.test.ts"],
          exclude: [EXIT_MATRICES],
          testTimeout: 60_000,
          globalSetup: FRESH_BUILD,
        },
      },
      {
        test: {
          name: "exit-matrices",
          include: [EXIT_MATRICES],
          testTimeout: 60_000,
          // They measure how fast a server ends, so nothing else may run beside them.
          maxWorkers: 1,
          globalSetup: FRESH_BUILD,
        },
      },
      {
        test: {
          name: "hostile",
          include: ["test/hostile/**/*.test.ts"],
          testTimeout: 120_000,
          // It measures how long the server is busy and how much memory it takes.
          maxWorkers: 1,
          globalSetup: FRESH_BUILD,
        },
      },
      { test: { name: "codex", include: ["test/codex/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 30_000 } },
    ],
  },
});
