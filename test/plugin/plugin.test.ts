// The Claude Code plugin as it is built: what `claude plugin validate` does not find. test/e2e/plugin.test.ts uses it.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { TOOLS, UNLISTED_TOOLS } from "../../src/tools/index.ts";

const ROOT = join(import.meta.dirname, "../..");
const BUILT = join(ROOT, "dist-plugin");
const PLUGIN = join(BUILT, "codex-bridge");
const PREFIXES = ["mcp__plugin_codex-bridge_codex__", "mcp__codex__"];
const SOURCE_READER = new URL("../../scripts/plugin-source.mjs", import.meta.url).href;

interface Text {
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
}

const { parseText }: { parseText: (path: string, text: string) => Text } = await import(SOURCE_READER);

const read = (folder: string, path: string): string => readFileSync(join(folder, path), "utf8");
const readJson = (path: string) => JSON.parse(read(BUILT, path));
const list = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(folder, path)).isFile())
    .toSorted();

const texts = list(PLUGIN)
  .filter((path) => /^(agents|commands|skills)\/.*\.md$/.test(path) && !path.includes("/references/"))
  .map((path) => ({ path, ...parseText(path, read(PLUGIN, path)) }));
const commands = texts.filter(({ path }) => path.startsWith("commands/"));
const skills = texts.filter(({ path }) => path.startsWith("skills/"));

test("dist-plugin/ is what a build writes now, the same bytes each time, in step with package.json", () => {
  const folder = mkdtempSync(join(tmpdir(), "codex-bridge-plugin-"));
  try {
    execFileSync(process.execPath, [join(ROOT, "scripts/build-plugin.mjs"), folder]);
    expect(list(folder), "run npm run build").toEqual(list(BUILT));
    for (const path of list(folder))
      expect(read(folder, path) === read(BUILT, path), `${path}: run npm run build`).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { version } = JSON.parse(read(ROOT, "package.json"));
  expect(readJson("codex-bridge/.claude-plugin/plugin.json").version).toBe(version);
  expect(readJson("codex-bridge/package.json").version).toBe(version);
});

test("its server is whole: it runs from the plugin's folder alone, with the rules that come with it", () => {
  const folder = mkdtempSync(join(tmpdir(), "codex-bridge-plugin-"));
  try {
    cpSync(PLUGIN, join(folder, "copy"), { recursive: true });
    const run = (...words: string[]) =>
      execFileSync(process.execPath, [join(folder, "copy/dist/bin.js"), ...words], {
        cwd: folder,
        env: { HOME: folder },
        encoding: "utf8",
      });
    expect(run("--version").trim()).toBe(readJson("codex-bridge/package.json").version);
    expect(run("route", "fix the failing test")).toContain("codex");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the marketplace offers the plugin from the folder beside it", () => {
  const [entry] = readJson(".claude-plugin/marketplace.json").plugins;
  expect(entry).toMatchObject({ name: "codex-bridge", source: "./codex-bridge" });
  expect(readJson("codex-bridge/.claude-plugin/plugin.json").name).toBe(entry.name);
  expect(readJson("codex-bridge/.mcp.json").mcpServers).toEqual({
    codex: { command: "node", args: ["${CLAUDE_PLUGIN_ROOT}/dist/bin.js"] },
  });
});

test("it has the commands of the guides, under bare names, and only a person starts them", () => {
  expect(commands.map(({ fields }) => fields["name"])).toEqual([
    "codex-adversarial-review",
    "codex-ask",
    "codex-cancel",
    "codex-rescue",
    "codex-result",
    "codex-review",
    "codex-setup",
    "codex-status",
    "codex-threads",
    "codex-undo",
    "delegate-claude",
    "delegate-codex",
    "hybrid-feature",
    "optimize-performance",
  ]);
  for (const { path, fields, body } of commands) {
    expect(fields["name"]).toBe(basename(path, ".md"));
    // What a model may start stands in every request.
    expect(fields["disable-model-invocation"], path).toBe("true");
    // Whatever is typed after the name arrives, once.
    expect(body.split("$ARGUMENTS").length - 1, path).toBe("argument-hint" in fields ? 1 : 0);
  }
});

interface Hook {
  readonly type: string;
  readonly timeout: number;
  readonly server?: string;
  readonly tool?: string;
  readonly input?: Readonly<Record<string, string>>;
  readonly command?: string;
  readonly args?: readonly string[];
}

const HOOKS = readJson("codex-bridge/hooks/hooks.json").hooks as Record<string, { matcher: string; hooks: Hook[] }[]>;
const hooksOf = (event: string) =>
  (HOOKS[event] ?? []).flatMap(({ matcher, hooks }) => hooks.map((hook) => ({ matcher, hook })));

test("no hook keeps Claude Code waiting for more than seconds, or runs a shell; the review gate has five minutes", () => {
  const all = Object.keys(HOOKS).flatMap((event) => hooksOf(event).map((one) => ({ event, ...one })));
  for (const { event, matcher, hook } of all) {
    // The limit is ten minutes otherwise.
    expect(hook.timeout, matcher).toBeLessThanOrEqual(event === "Stop" ? 300 : 20);
    const args = hook.args?.filter((word) => !["--no-opt", "--no-regexp-tier-up"].includes(word));
    if (hook.type === "command") expect(args?.[0], matcher).toBe("${CLAUDE_PLUGIN_ROOT}/dist/bin.js");
    else expect(hook).toMatchObject({ type: "mcp_tool", server: "plugin:codex-bridge:codex" });
  }
});

test("a command that is answered without a model calls a tool that the server has, with arguments that it takes", () => {
  expect(hooksOf("UserPromptExpansion")).toHaveLength(3);
  const names = commands.map(({ fields }) => `codex-bridge:${fields["name"]}`);
  for (const { matcher, hook } of hooksOf("UserPromptExpansion")) {
    expect(names).toContain(matcher);
    const tool = [...TOOLS, ...UNLISTED_TOOLS].find(({ name }) => name === hook.tool);
    expect(tool?.input.safeParse(hook.input).success, matcher).toBe(true);
    expect(`codex-bridge:${hook.input?.["command"]}`).toBe(matcher);
  }
});

test("every agent has a gate", () => {
  const agents = texts.filter(({ path }) => path.startsWith("agents/"));
  expect(hooksOf("SubagentStop").map(({ matcher }) => matcher)).toEqual(
    agents.map(({ fields }) => `codex-bridge:${fields["name"]}`),
  );
});

/** Frontmatter keys that Claude Code knows (docs/claude-code.md#plugins); it passes over others without a word. */
const KNOWN_KEYS = {
  commands: ["name", "description", "argument-hint", "disable-model-invocation", "allowed-tools", "context", "agent"],
  skills: ["name", "description", "user-invocable"],
  agents: ["name", "description", "tools", "model"],
};

describe.each(texts)("$path", ({ path, fields, body }) => {
  test("has the keys that its kind knows, and a short description", () => {
    const [kind] = path.split("/") as [keyof typeof KNOWN_KEYS];
    expect(KNOWN_KEYS[kind]).toEqual(expect.arrayContaining(Object.keys(fields)));
    expect(fields["description"]?.length).toBeLessThanOrEqual(200);
    expect(fields["description"]?.length).toBeGreaterThan(10);
  });

  test("names only tools that the server has, each in both forms, and allows those that it speaks of", () => {
    const listed = (fields["allowed-tools"] ?? fields["tools"])?.split(", ") ?? [];
    const short = [...new Set(listed.map((tool) => tool.replace(/^.*__/, "")))];
    expect(listed).toEqual(PREFIXES.flatMap((prefix) => short.map((tool) => `${prefix}${tool}`)));
    const known = TOOLS.map(({ name }) => name);
    expect(known).toEqual(expect.arrayContaining(short));
    if (path.startsWith("skills/")) return;
    const spoken = [...body.matchAll(/`([a-z][a-z_-]+)`/g)]
      .map(([, word = ""]) => word)
      .filter((word) => known.includes(word));
    expect(short).toEqual(expect.arrayContaining(spoken));
  });

  test("starts no shell and reads in no file", () => {
    expect(body).not.toMatch(/(^|\s)!`|(^|\s)@\S|Bash\(/m);
  });
});

test("a skill has the name of its folder, and at most 2,000 tokens", () => {
  for (const { path, fields, body } of skills) {
    expect(fields["name"]).toBe(basename(dirname(path)));
    expect(body.length / 4, path).toBeLessThanOrEqual(2_000);
  }
});

test("a frontmatter that readers of YAML take in different ways is refused", () => {
  const write = (line: string) => () => parseText("x.md", `---\n${line}\n---\nbody\n`);
  expect(write('description: It works, and "so" on')()).toEqual({
    fields: { description: 'It works, and "so" on' },
    body: "body\n",
  });
  for (const line of [
    "description: one: two",
    "description: a # b",
    "description: [a, b]",
    'description: "a',
    "description: ",
    "  description: a",
    "name: a\nname: b",
    "description: >",
    "description: a:",
  ]) {
    expect(write(line), line).toThrow(/plugin\/x\.md/);
  }
  expect(() => parseText("x.md", "---\nname: a\n")).toThrow("has no frontmatter");
});
