// npm run test:versions: the same suites with the real Codex CLIs of several versions; one table of suites, one of how failures are told. `-- 0.50.0 0.150.0` names versions.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installTool } from "./install-tool.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const VERSIONS = ["0.50.0", "0.120.0", "0.142.0", "0.150.0", "0.160.0", "0.166.0", "0.169.0"];
const SUITES = ["turns", "threads", "instructions", "sandbox", "errors", "failures", "secrets", "nesting"].map(
  (name) => `test/codex/${name}.test.ts`,
);
/** What writes to the threads of later ones. */
const OLDEST = "0.50.0";
const EXITS = "test/exits/exit-matrix.test.ts";

const asked = process.argv.slice(2);
const versions = asked.length > 0 ? asked : [...VERSIONS, ...findNewest()];
const folder = mkdtempSync(join(tmpdir(), "codex-versions-"));
try {
  const results = Object.fromEntries(versions.map((version) => [version, run(version)]));
  printSuites(results);
  printFailures(results);
  const isGood = Object.values(results).every(
    (suites) => suites.length > 0 && suites.every(({ failed }) => failed === 0),
  );
  process.exitCode = isGood ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

// The newest that npm has, where it is none of ours.
function findNewest() {
  const { stdout } = spawnSync("npm", ["view", "@openai/codex", "version", "--loglevel=error"], { encoding: "utf8" });
  const newest = stdout.trim();
  return /^\d+\.\d+\.\d+$/.test(newest) && !VERSIONS.includes(newest) ? [newest] : [];
}

function findBin(version) {
  return join(installTool(`@openai/codex@${version}`), "node_modules/.bin/codex");
}

/** Runs all suites with one version; gives the counts of each. */
function run(version) {
  process.stderr.write(`codex ${version} …\n`);
  const bin = findBin(version);
  const older = version === OLDEST ? {} : { LAB_OLDER_CODEX_BIN: findBin(OLDEST) };
  const report = join(folder, `${version}.json`);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [
    "run",
    "--project",
    "codex",
    "--project",
    "exits",
    ...SUITES,
    EXITS,
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  spawnSync(process.execPath, [vitest, ...args], {
    cwd: root,
    env: { ...process.env, LAB_CODEX_BIN: bin, ...older },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  return testResults.map(({ name, assertionResults, message }) => {
    const count = (status) => assertionResults.filter((result) => result.status === status).length;
    const failures = assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName);
    for (const failure of failures) process.stderr.write(`  failed with ${version}: ${failure}\n`);
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
  });
}

function printSuites(results) {
  const suites = [...new Set(Object.values(results).flatMap((rows) => rows.map(({ suite }) => suite)))].sort();
  printTable("suite", results, suites, (rows, suite) => toCell(rows.find((row) => row.suite === suite)));
}

// Each row is a test that fails where the failure is told as something else.
function printFailures(results) {
  const words = { passed: "told right", failed: "TOLD WRONG" };
  const findTests = (rows) => rows.find(({ suite }) => suite === "failures")?.tests ?? [];
  const names = [...new Set(Object.values(results).flatMap((rows) => findTests(rows).map(({ name }) => name)))];
  printTable("failure", results, names, (rows, name) => {
    const { status } = findTests(rows).find((test) => test.name === name) ?? {};
    return words[status] ?? "n/a";
  });
}

function printTable(title, results, names, toText) {
  const head = [title, ...Object.keys(results)];
  const body = names.map((name) => [name, ...Object.values(results).map((rows) => toText(rows, name))]);
  const widths = head.map((_, at) => Math.max(...[head, ...body].map((cells) => cells[at].length)));
  for (const cells of [head, ...body]) {
    const line = cells.map((cell, at) => cell.padEnd(widths[at])).join("  ");
    process.stdout.write(`${line.trimEnd()}\n`);
  }
  process.stdout.write("\n");
}

function toCell(row) {
  if (row === undefined) return "did not run";
  const { passed, failed, skipped } = row;
  return failed > 0 ? `${failed} FAILED` : `${passed} ok${skipped > 0 ? ` (${skipped} n/a)` : ""}`;
}
