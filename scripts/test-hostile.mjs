// npm run test:hostile: the built server against the hostile client on every Node that is supported; one table, a row for each case.
// `-- cancels` runs the suites whose names hold that word.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { installTool } from "./install-tool.mjs";
import { isGood, printTable, runSuites } from "./suite-report.mjs";

/** Besides the Node that runs this. */
const NODES = ["22.23.3", "24.21.0"];

const bins = [process.execPath, ...NODES.map(findBin)];
const results = Object.fromEntries(bins.map((bin) => [readVersion(bin), run(bin)]));
const names = Object.values(results).flatMap((suites) => suites.flatMap(toCases));
printTable("case", results, [...new Set(names.map(({ name }) => name))], toCell);
printTable("in all", results, ["passed", "failed", "skipped"], (suites, key) => String(sum(suites, key)));
process.exitCode = isGood(results) ? 0 : 1;

function findBin(version) {
  const name = `node-${process.platform}-${process.arch}`;
  return join(installTool(`${name}@${version}`), "node_modules", name, "bin/node");
}

function readVersion(bin) {
  return `Node ${execFileSync(bin, ["--version"], { encoding: "utf8", env: {} }).trim().slice(1)}`;
}

function run(bin) {
  return runSuites(readVersion(bin), ["--project", "hostile", ...process.argv.slice(2)], { LAB_NODE_BIN: bin });
}

function toCases({ suite, tests }) {
  return tests.map(({ name, status }) => ({ name: `${suite}: ${name}`, status }));
}

function toCell(suites, name) {
  const { status } = suites.flatMap(toCases).find((test) => test.name === name) ?? {};
  return { passed: "ok", failed: "FAILED" }[status] ?? "did not run";
}

function sum(suites, key) {
  return suites.reduce((total, suite) => total + suite[key], 0);
}
