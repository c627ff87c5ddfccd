// npm run release -- 0.2.0: writes the version of a release into every file that names it, and its date into CHANGELOG.md.
// With --check it says which of these files do not agree. The plugin and its marketplace take their version when they are built.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const UNRELEASED = "## Unreleased";
/** Pages that name the packed file. */
const PAGES = ["README.md", "docs/upgrading.md"];
const PACKED = /codex-bridge-(\d+\.\d+\.\d+)\.tgz/g;

const [word] = process.argv.slice(2);
const files = readAll();
const faults = word === "--check" ? findDifferences(files) : findObstacles(word, files);
if (faults.length > 0) {
  console.error(faults.map((fault) => `release: ${fault}`).join("\n"));
  process.exitCode = 1;
} else if (word !== "--check") {
  writeRelease(word, files);
  console.log(`Version ${word} is written. Now: bash .ci/run, then commit, tag v${word}, and npm publish.`);
}

function readAll() {
  return {
    about: readJson("package.json"),
    lock: readJson("package-lock.json"),
    server: readJson("server.json"),
    changelog: readText("CHANGELOG.md"),
    pages: PAGES.map((name) => ({ name, text: readText(name) })),
  };
}

/** What names another version or another name than package.json does. */
function findDifferences({ about, lock, server, changelog, pages }) {
  const [npm] = server.packages;
  const rows = [
    ["package-lock.json: version", lock.version, about.version],
    ['package-lock.json: packages[""].version', lock.packages[""].version, about.version],
    ["server.json: version", server.version, about.version],
    ["server.json: packages[0].version", npm.version, about.version],
    ["server.json: packages[0].identifier", npm.identifier, about.name],
    // The MCP registry takes an npm package only if its `mcpName` is the server's name.
    ["server.json: name", server.name, about.mcpName],
    ["CHANGELOG.md: the newest release", listReleases(changelog)[0] ?? about.version, about.version],
    ...pages.flatMap(({ name, text }) =>
      [...text.matchAll(PACKED)].map(([, version]) => [`${name}: the packed file`, version, about.version]),
    ),
  ];
  const differences = rows.filter(([, found, wanted]) => found !== wanted);
  return differences.map(([where, found, wanted]) => `${where} is ${found}; package.json says ${wanted}`);
}

/** Why this version cannot be released now. */
function findObstacles(version, files) {
  if (!/^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}$/.test(version ?? "")) return ["give a version such as 0.2.0"];
  const obstacles = findDifferences(files);
  if (findOwner(files.about) === undefined)
    obstacles.push(
      `package.json names no repository on GitHub, so "${files.about.mcpName}" is a placeholder: set "repository" to "https://github.com/OWNER/${files.about.name}"`,
    );
  const released = listReleases(files.changelog);
  if (released.some((earlier) => compare(version, earlier) <= 0))
    obstacles.push(`${version} is not above ${released[0]}, which CHANGELOG.md has`);
  else if (compare(version, files.about.version) < 0)
    obstacles.push(`${version} is below ${files.about.version} of package.json`);
  if (readUnreleased(files.changelog) === "")
    obstacles.push(`CHANGELOG.md has nothing below "${UNRELEASED}": say there what is new`);
  if (git("status", "--porcelain") !== "") obstacles.push("the working tree has changes: commit or stash them first");
  return obstacles;
}

function writeRelease(version, { about, lock, server, changelog, pages }) {
  // The MCP registry gives the names below `io.github.OWNER/` to that owner alone.
  const mcpName = `io.github.${findOwner(about)}/${about.name}`;
  writeJson("package.json", { ...about, version, mcpName });
  const packages = { ...lock.packages, "": { ...lock.packages[""], version } };
  writeJson("package-lock.json", { ...lock, version, packages });
  const [npm, ...others] = server.packages;
  writeJson("server.json", { ...server, name: mcpName, version, packages: [{ ...npm, version }, ...others] });
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(join(root, "CHANGELOG.md"), changelog.replace(UNRELEASED, `${UNRELEASED}\n\n## ${version} (${date})`));
  for (const { name, text } of pages)
    writeFileSync(join(root, name), text.replace(PACKED, `codex-bridge-${version}.tgz`));
}

/** Who owns the repository on GitHub that package.json names, in one of the forms that npm takes. */
function findOwner({ repository }) {
  const place = typeof repository === "string" ? repository : repository?.url;
  return /^(?:github:|(?:git\+)?(?:https|ssh):\/\/(?:git@)?github\.com\/|git@github\.com:)?([A-Za-z0-9-]+)\/[\w.-]+$/.exec(
    place ?? "",
  )?.[1];
}

/** Versions that CHANGELOG.md has a heading of, newest first. */
function listReleases(changelog) {
  return [...changelog.matchAll(/^## (\d+\.\d+\.\d+)\b/gm)].map(([, version]) => version);
}

/** The text below the heading of what is not released; empty without that heading. */
function readUnreleased(changelog) {
  const [, ...rest] = changelog.split(`${UNRELEASED}\n`);
  return (rest[0] ?? "").split(/^## /m)[0].trim();
}

function compare(one, other) {
  const [left, right] = [one, other].map((version) => version.split(".").map(Number));
  const at = left.findIndex((part, index) => part !== right[index]);
  return at === -1 ? 0 : left[at] - right[at];
}

function readText(name) {
  return readFileSync(join(root, name), "utf8");
}

function readJson(name) {
  return JSON.parse(readText(name));
}

function writeJson(name, value) {
  writeFileSync(join(root, name), `${JSON.stringify(value, null, 2)}\n`);
}

function git(...words) {
  return execFileSync("git", words, { cwd: root, encoding: "utf8" }).trim();
}
