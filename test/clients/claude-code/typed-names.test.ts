import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listOwnNames, listPluginNames } from "../../../src/clients/claude-code/typed-names.ts";
import { checkCommandNames } from "../../../src/setup/doctor/command-names.ts";

let root: string;
const at = (...names: string[]) => join(root, ...names);
const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};
const command = (name: string) => `---\nname: ${name}\ndescription: x\n---\nname: body\n`;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "typed-names-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test.each<[string, string, string | undefined]>([
  ["as Claude Code's guides write it", command("codex-review"), "codex-review"],
  ["in quotes", command('"codex-review"'), "codex-review"],
  ["with a remark", command("codex-review # short"), "codex-review"],
  [
    "with the line ends of Windows and a byte order mark",
    `\ufeff${command("codex-review").replaceAll("\n", "\r\n")}`,
    "codex-review",
  ],
  ["in the text alone", "Say it.\nname: codex-review\n", undefined],
  ["in a frontmatter that nobody closed", "---\nname: codex-review\n", undefined],
  ["nowhere", "---\ndescription: x\n---\n", undefined],
])("a command of a plugin with its name %s", (_what, text, name) => {
  write(at("commands/sub/review.md"), text);
  expect(listPluginNames(root).map((typed) => typed.name)).toEqual(name === undefined ? [] : [name]);
});

test("commands and skills of the project and the user go by their file or folder", () => {
  const claude = { env: { HOME: at("home") }, cwd: at("project/sub") };
  mkdirSync(at("project/.git"), { recursive: true });
  write(at("project/.claude/commands/codex-ask.md"), "Ask.");
  write(at("project/sub/.claude/commands/local.md"), command("codex-undo"));
  write(at("home/.claude/skills/codex-review/SKILL.md"), "---\ndescription: x\n---\n");
  write(at("home/.claude/skills/codex-review/more.md"), command("codex-threads"));
  expect(
    listOwnNames(claude)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["codex-ask", "codex-review", "codex-undo"]);
});

test("nothing there, and a folder in the place of a file", () => {
  mkdirSync(at("commands/x.md"), { recursive: true });
  expect(listPluginNames(root)).toEqual([]);
  expect(listPluginNames(at("none"))).toEqual([]);
});

const CLAUDE = () => ({ env: { HOME: at("home") }, cwd: at("project") });
const check = (...ids: string[]) =>
  checkCommandNames(
    ids.map((id) => ({ id, folder: at(id) })),
    "codex-bridge",
    CLAUDE(),
  );
const writeOwn = () => {
  for (const name of ["codex-review", "codex-ask"])
    write(at("codex-bridge@market/commands", `${name}.md`), command(name));
};

test("doctor names the command of another plugin, of the project and of the user that takes a name", () => {
  writeOwn();
  write(at("other@elsewhere/commands/review.md"), command("codex-review"));
  write(at("project/.claude/commands/codex-ask.md"), "Ask.");
  const [own, other] = check("other@elsewhere", "codex-bridge@market");
  expect(own).toEqual({
    status: "warning",
    found: `/codex-ask (${at("project/.claude/commands/codex-ask.md")}) runs instead of the plugin's`,
    advice: "Type `/codex-bridge:codex-ask` for the plugin's, or rename the other one.",
  });
  expect(other).toEqual({
    status: "warning",
    found: `/codex-review (${at("other@elsewhere/commands/review.md")}) may run instead of the plugin's, since another plugin has that name too`,
    advice: "Type `/codex-bridge:codex-review` for the plugin's, or rename the other one.",
  });
});

test("doctor names a second plugin that is called codex-bridge", () => {
  writeOwn();
  expect(check("codex-bridge@market", "codex-bridge@fork")).toEqual([
    {
      status: "warning",
      found: expect.stringContaining(
        "two plugins called codex-bridge are on, codex-bridge@market and codex-bridge@fork",
      ),
      advice: "Turn one off: `claude plugin disable codex-bridge@fork`.",
    },
  ]);
});

test("no clash: names without a bare form (as OpenAI's own plugin for Claude Code has them), and no plugin of ours", () => {
  writeOwn();
  write(at("codex@openai-codex/commands/review.md"), "---\ndescription: Run a review\n---\n");
  write(at("codex@openai-codex/skills/codex-cli-runtime/SKILL.md"), command("codex-cli-runtime"));
  expect(check("codex@openai-codex", "codex-bridge@market")).toEqual([]);
  write(at("project/.claude/commands/codex-ask.md"), "Ask.");
  expect(check("codex@openai-codex")).toEqual([]);
});
