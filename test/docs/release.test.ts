// scripts/release.mjs on a repository of its own, and server.json as the MCP registry takes it.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterEach, beforeEach, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const NAMING = ["README.md", "docs/upgrading.md", "package.json", "package-lock.json", "server.json"];
let root: string;

const git = (...words: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...words], { cwd: root, encoding: "utf8" });
const read = (name: string) => readFileSync(join(root, name), "utf8");
const readJson = (name: string) => JSON.parse(read(name));
const write = (name: string, text: string) => writeFileSync(join(root, name), text);
const commit = () => git("commit", "--quiet", "--all", "--allow-empty", "--message", "x");

const setRepository = (repository: unknown) =>
  write("package.json", `${JSON.stringify({ ...readJson("package.json"), repository }, null, 2)}\n`);

function release(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/release.mjs", ...words], {
    cwd: root,
    encoding: "utf8",
  });
  return { status, printed: stdout + stderr };
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "codex-bridge-release-"));
  for (const folder of ["scripts", "docs"]) mkdirSync(join(root, folder));
  for (const name of [...NAMING, "scripts/release.mjs"]) cpSync(join(ROOT, name), join(root, name));
  write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- Something new.\n");
  setRepository("https://github.com/codex-bridge/codex-bridge");
  git("init", "--quiet");
  git("add", ".");
  commit();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("a release writes its version into every file that names it, and its date into the changelog", () => {
  expect(release("9.8.7")).toMatchObject({ status: 0 });
  expect(readJson("package.json")).toEqual({
    ...JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")),
    repository: "https://github.com/codex-bridge/codex-bridge",
    version: "9.8.7",
  });
  expect([readJson("package-lock.json").version, readJson("package-lock.json").packages[""].version]).toEqual([
    "9.8.7",
    "9.8.7",
  ]);
  expect([readJson("server.json").version, readJson("server.json").packages[0].version]).toEqual(["9.8.7", "9.8.7"]);
  for (const page of ["README.md", "docs/upgrading.md"]) expect(read(page)).toContain("./codex-bridge-9.8.7.tgz");
  expect(read("CHANGELOG.md")).toMatch(/^## Unreleased\n\n## 9\.8\.7 \(\d{4}-\d\d-\d\d\)\n\n- Something new\.$/m);
  expect(git("diff", "--name-only").trim().split("\n")).toEqual(["CHANGELOG.md", ...NAMING.toSorted()]);
  expect(release("--check")).toEqual({ status: 0, printed: "" });
  // Lines that do not name the version stay as they are.
  expect(git("diff", "--numstat", "package.json", "package-lock.json", "server.json").split(/\t.*\n?/)).toEqual([
    "2",
    "1",
    "2",
    "",
  ]);
});

test.each([
  ["no version", [], /give a version such as/],
  ["a range", ["^1.0.0"], /give a version such as/],
  ["a tag's name", ["v1.0.0"], /give a version such as/],
  ["a version below that of package.json", ["0.0.9"], /0\.0\.9 is below 0\.1\.0/],
])("%s is refused, and nothing is written", (_, words, said) => {
  const { status, printed } = release(...words);
  expect(status).toBe(1);
  expect(printed).toMatch(said);
  expect(git("status", "--porcelain")).toBe("");
});

test("a version that was released, an empty section and a changed tree are refused", () => {
  expect(release("9.8.7").status).toBe(0);
  const { status, printed } = release("9.8.7");
  expect(status).toBe(1);
  expect(printed).toContain("not above 9.8.7");
  expect(printed).toContain('nothing below "## Unreleased"');
  expect(printed).toContain("the working tree has changes");
  commit();
  expect(release("9.8.8").printed).toBe(
    'release: CHANGELOG.md has nothing below "## Unreleased": say there what is new\n',
  );
});

test.each([
  ["none", undefined],
  ["no name", { type: "git" }],
  ["a repository elsewhere", "https://gitlab.example/me/bridge"],
])("without the owner's name (%s) nothing is released under the placeholder", (_, repository) => {
  setRepository(repository);
  commit();
  expect(release("9.8.7")).toEqual({
    status: 1,
    printed: expect.stringMatching(/"io\.github\.[\w-]+\/codex-bridge" is a placeholder: set "repository" to "https:/),
  });
  expect(git("status", "--porcelain")).toBe("");
});

test.each([
  "https://github.com/me/bridge",
  "me/bridge",
  "github:me/bridge",
  "git@github.com:me/bridge.git",
  { type: "git", url: "git+https://github.com/me/bridge.git" },
])("the server is named after the owner of %o", (repository) => {
  setRepository(repository);
  commit();
  expect(release("9.8.7").status).toBe(0);
  expect([readJson("package.json").mcpName, readJson("server.json").name]).toEqual([
    "io.github.me/codex-bridge",
    "io.github.me/codex-bridge",
  ]);
  expect(release("--check")).toEqual({ status: 0, printed: "" });
});

test("--check names each file that says something else", () => {
  const server = readJson("server.json");
  write("server.json", JSON.stringify({ ...server, name: "io.github.other/x", version: "0.0.1" }));
  write("CHANGELOG.md", "# Changelog\n\n## 0.3.0 (2026-01-01)\n");
  const { status, printed } = release("--check");
  expect(status).toBe(1);
  expect(printed.match(/^release: [^;]*(?= is )/gm)).toEqual([
    "release: server.json: version",
    "release: server.json: name",
    "release: CHANGELOG.md: the newest release",
  ]);
});

/** What the registry's schema of 2025-12-11 asks of a server that is an npm package on stdio; docs/mcp.md has the rules. */
const SERVER = {
  type: "object",
  required: ["$schema", "name", "description", "version", "packages"],
  additionalProperties: false,
  properties: {
    $schema: { const: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json" },
    name: { type: "string", pattern: "^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$", minLength: 3, maxLength: 200 },
    title: { type: "string", minLength: 1, maxLength: 100 },
    description: { type: "string", minLength: 1, maxLength: 100 },
    version: { type: "string", pattern: "^\\d+\\.\\d+\\.\\d+$" },
    packages: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["registryType", "identifier", "version", "transport"],
        additionalProperties: false,
        properties: {
          registryType: { const: "npm" },
          identifier: { type: "string" },
          version: { type: "string", pattern: "^\\d+\\.\\d+\\.\\d+$" },
          transport: { const: { type: "stdio" } },
        },
      },
    },
  },
};

test("server.json is as the MCP registry takes it", () => {
  const validate = new Ajv({ allErrors: true }).compile(SERVER);
  expect(validate(readJson("server.json")), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...readJson("server.json"), description: "x".repeat(101) })).toBe(false);
});
