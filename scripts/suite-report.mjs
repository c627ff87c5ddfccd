// Runs suites of vitest in one setting and reads what became of each test; prints many such runs as one table.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs vitest with `args` and the variables added; gives each suite with its tests and counts. What failed is told on stderr under `label`.
 * SUITE_RETRIES says how often a test that fails is tried again; what needed it is told too.
 */
export function runSuites(label, args, variables) {
  process.stderr.write(`${label} …\n`);
  const folder = mkdtempSync(join(tmpdir(), "codex-bridge-suites-"));
  try {
    const report = join(folder, "report.json");
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const { status } = spawnSync(
      process.execPath,
      [
        vitest,
        "run",
        ...args,
        `--retry=${process.env.SUITE_RETRIES ?? 0}`,
        "--reporter=json",
        `--outputFile.json=${report}`,
      ],
      { cwd: root, env: { ...process.env, ...variables }, stdio: ["ignore", "ignore", "inherit"] },
    );
    const suites = JSON.parse(readFileSync(report, "utf8")).testResults.map((result) => toSuite(label, result));
    // An error outside of any test, e.g. an unhandled rejection.
    const isUnexplained = status !== 0 && suites.every(({ failed }) => failed === 0);
    return isUnexplained
      ? [...suites, { suite: "outside of the tests", tests: [], passed: 0, failed: 1, skipped: 0 }]
      : suites;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether every run has suites, and none of them a failure. */
export function isGood(results) {
  return Object.values(results).every((suites) => suites.length > 0 && suites.every(({ failed }) => failed === 0));
}

function toSuite(label, { name, assertionResults, message }) {
  const count = (status) => assertionResults.filter((result) => result.status === status).length;
  const failures = assertionResults.filter(({ status }) => status === "failed");
  for (const { fullName, failureMessages } of failures) {
    process.stderr.write(`  failed with ${label}: ${fullName}\n    ${failureMessages.join("\n").slice(0, 1_000)}\n`);
  }
  for (const { fullName } of assertionResults.filter(
    ({ status, failureMessages }) => status === "passed" && failureMessages.length > 0,
  )) {
    process.stderr.write(`  passed at the second try with ${label}: ${fullName}\n`);
  }
  const failed = failures.length + (assertionResults.length === 0 ? 1 : 0);
  if (assertionResults.length === 0) process.stderr.write(`  ${basename(name)} did not run: ${message}\n`);
  return {
    suite: basename(name, ".test.ts"),
    tests: assertionResults.map(({ ancestorTitles, title, status }) => ({
      name: [...ancestorTitles, title].join(": "),
      status,
    })),
    passed: count("passed"),
    failed,
    skipped: count("skipped") + count("pending"),
  };
}

/** Prints a table: a column for each run, a row for each name. */
export function printTable(title, results, names, toText) {
  const head = [title, ...Object.keys(results)];
  const body = names.map((name) => [name, ...Object.values(results).map((rows) => toText(rows, name))]);
  const widths = head.map((_, at) => Math.max(...[head, ...body].map((cells) => cells[at].length)));
  for (const cells of [head, ...body]) {
    const line = cells.map((cell, at) => cell.padEnd(widths[at])).join("  ");
    process.stdout.write(`${line.trimEnd()}\n`);
  }
  process.stdout.write("\n");
}
