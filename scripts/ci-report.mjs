// The last lines of `.ci/run`, from vitest's JSON reports: what failed, what passed only when it was tried again, and how many passed.
// They come last of all, since the end of a long output is what a reader of it gets to see.
import { existsSync, readFileSync } from "node:fs";

const MOST_CHARACTERS = 1_500;

const files = process.argv.slice(2).filter((file) => existsSync(file));
const reports = files.map((file) => JSON.parse(readFileSync(file, "utf8")));
const suites = reports.flatMap(({ testResults }) => testResults);
const tests = suites.flatMap(({ assertionResults }) => assertionResults);

for (const test of tests.filter(isUnstable)) print("passed at the second try", test);
for (const { name, message } of suites.filter(({ assertionResults }) => assertionResults.length === 0)) {
  process.stdout.write(`failed: ${name}: ${message}\n`);
}
for (const test of tests.filter(({ status }) => status === "failed")) print("failed", test);
process.stdout.write(`${sum("numPassedTests")} passed, ${sum("numFailedTests")} failed\n`);

// vitest keeps what went wrong at the first try.
function isUnstable({ status, failureMessages }) {
  return status === "passed" && failureMessages.length > 0;
}

function print(label, { fullName, failureMessages }) {
  process.stdout.write(`${label}: ${fullName}\n  ${failureMessages.join("\n  ").slice(0, MOST_CHARACTERS)}\n`);
}

function sum(key) {
  return reports.reduce((total, report) => total + report[key], 0);
}
