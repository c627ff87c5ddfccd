// npm run test:versions: the same suites with the real Codex CLIs of several versions; one table of suites, one of how failures are told.
// `-- 0.50.0 0.150.0` names versions, `-- --backend exec` (or app-server) another backend than the default, `-- --short` takes the suites that
// the gate has time for: the contract of a backend, the limits of a turn, and how failures are told.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installTool } from "./install-tool.mjs";
import { isGood, printTable, runSuites } from "./suite-report.mjs";

const VERSIONS = ["0.50.0", "0.120.0", "0.142.0", "0.150.0", "0.160.0", "0.166.0", "0.169.0"];
/** The bridge runs these by `codex exec` only. */
const RUN_BY_EXEC = ["0.50.0", "0.120.0", "0.142.0", "0.150.0"];
const SUITES = [
  "contract",
  "turns",
  "threads",
  "neighbours",
  "instructions",
  "sandbox",
  "errors",
  "failures",
  "secrets",
  "trust",
  "command-rules",
  "sockets",
  "permissions",
  "refused",
  "writable-areas",
  "protected-names",
  "directories",
  "narrowing",
  "broken-threads",
  "credentials",
  "nesting",
  "ask",
  "output-file",
  "jobs",
].map(toPath);
const SHORT = ["contract", "threads", "sandbox", "narrowing", "protected-names", "failures"].map(toPath);
/** What writes to the threads of later ones. */
const OLDEST = "0.50.0";
const EXITS = ["exit-matrix", "many-bridges"].map((name) => `test/exits/${name}.test.ts`);

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { backend: { type: "string", default: "auto" }, short: { type: "boolean", default: false } },
});
const { backend, short } = values;
if (!["exec", "app-server", "auto"].includes(backend)) throw new Error(`no backend is called ${backend}`);
const versions = asked.length > 0 ? asked : [...findVersions(backend), ...findNewest()];
const results = Object.fromEntries(versions.map((version) => [version, run(version)]));
printSuites(results);
printFailures(results);
process.exitCode = isGood(results) ? 0 : 1;

function toPath(name) {
  return `test/codex/${name}.test.ts`;
}

// Older ones never run on the app server, and are refused there.
function findVersions(backend) {
  return backend === "app-server" ? VERSIONS.filter((version) => !RUN_BY_EXEC.includes(version)) : VERSIONS;
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
  const older = version === OLDEST ? {} : { LAB_OLDER_CODEX_BIN: findBin(OLDEST) };
  const suites = short ? SHORT : [...SUITES, ...EXITS];
  const args = ["--project", "codex", "--project", "exit*", ...suites];
  const env = { LAB_CODEX_BIN: findBin(version), LAB_BACKEND: backend, ...older };
  return runSuites(`codex ${version} (${backend})`, args, env);
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

function toCell(row) {
  if (row === undefined) return "did not run";
  const { passed, failed, skipped } = row;
  return failed > 0 ? `${failed} FAILED` : `${passed} ok${skipped > 0 ? ` (${skipped} n/a)` : ""}`;
}
