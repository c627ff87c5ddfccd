// npm run test:hostile: the built server against the hostile client in both eras of MCP and on every Node that is supported; one table,
// a row for each case. `-- cancels` runs the suites whose names hold that word; `-- --short` leaves out two of the four settings and makes
// fewer calls, as the gate does.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { installTool } from "./install-tool.mjs";
import { isGood, printTable, runSuites } from "./suite-report.mjs";

/**
 * Both eras on the Node that runs this; on the others one each, since what differs there is below the protocol. In the last one each client takes
 * tasks, and jobs outlive the server, so that all calls run in the runner.
 */
const FIRST_AND_LAST = [
  { bin: process.execPath, era: "legacy", jobs: "session" },
  { bin: findBin("24.21.0"), era: "modern", jobs: "outlive" },
];
const isShort = process.argv.includes("--short");
const [first, last] = FIRST_AND_LAST;
const between = () => [
  { bin: process.execPath, era: "modern", jobs: "session" },
  { bin: findBin("22.23.3"), era: "legacy", jobs: "session" },
];
const RUNS = isShort ? FIRST_AND_LAST : [first, ...between(), last];
const words = process.argv.slice(2).filter((word) => word !== "--short");

const results = Object.fromEntries(RUNS.map((setting) => [describe(setting), run(setting)]));
const names = Object.values(results).flatMap((suites) => suites.flatMap(toCases));
printTable("case", results, [...new Set(names.map(({ name }) => name))], toCell);
printTable("in all", results, ["passed", "failed", "skipped"], (suites, key) => String(sum(suites, key)));
process.exitCode = isGood(results) ? 0 : 1;

function findBin(version) {
  const name = `node-${process.platform}-${process.arch}`;
  return join(installTool(`${name}@${version}`), "node_modules", name, "bin/node");
}

function describe({ bin, era, jobs }) {
  const version = execFileSync(bin, ["--version"], { encoding: "utf8", env: {} }).trim().slice(1);
  return `Node ${version}, ${era}${jobs === "outlive" ? ", outlive" : ""}`;
}

function run(setting) {
  const fewer = isShort ? { HOSTILE_CALLS: "100", HOSTILE_ROUNDS: "100" } : {};
  const variables = { LAB_NODE_BIN: setting.bin, LAB_ERA: setting.era, LAB_JOBS: setting.jobs, ...fewer };
  return runSuites(describe(setting), ["--project", "hostile", ...words], variables);
}

function toCases({ suite, tests }) {
  return tests.map(({ name, status }) => ({ name: `${suite}: ${name}`, status }));
}

function toCell(suites, name) {
  const { status } = suites.flatMap(toCases).find((test) => test.name === name) ?? {};
  return { passed: "ok", failed: "FAILED", skipped: "-", pending: "-" }[status] ?? "did not run";
}

function sum(suites, key) {
  return suites.reduce((total, suite) => total + suite[key], 0);
}
