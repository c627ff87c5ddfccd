// The Codex plugin `cc` as it is built, and as the real Codex CLI installs and loads it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { isBridgeCommand } from "../../src/agents/codex/program/child-mcp.ts";
import { askAppServer, HAS_PLUGINS, installPlugin, runCodex, runCodexTurn } from "../support/codex-plugin.ts";
import { test } from "../support/fixture.ts";
import { callThenSay, createLab, type Lab, say } from "../support/lab.ts";

const ROOT = join(import.meta.dirname, "../..");
const BUILT = join(ROOT, "dist-plugin");
const PLUGIN = join(BUILT, "codex-bridge");
const SKILLS = ["adversarial-review", "cancel", "rescue", "result", "review", "setup", "status"];
/** What a person may type, by skill. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  review: ["--base", "--scope", "--background", "--wait", "--model", "--effort"],
  "adversarial-review": ["--base", "--scope", "--background", "--wait", "--model", "--effort"],
  rescue: ["--resume", "--resume-last", "--fresh", "--write", "--background", "--wait", "--model", "--effort"],
  status: ["--wait"],
};

const read = (path: string): string => readFileSync(join(PLUGIN, path), "utf8");
const readSkill = (name: string): string => read(`codex/skills/${name}/SKILL.md`);
const readServer = () => JSON.parse(read("codex/mcp.json")).mcpServers["codex-bridge"];

describe("the built plugin", () => {
  test("has the seven commands of the guides, with nothing left to fill in", () => {
    expect(readdirSync(join(PLUGIN, "codex/skills")).toSorted()).toEqual(SKILLS);
    for (const name of SKILLS) {
      const text = readSkill(name);
      expect(text, name).toMatch(new RegExp(`^---\nname: ${name}\ndescription: "[^"\n]{10,200}"\n---\n`));
      expect(text, name).not.toContain("{{");
      expect(text.length / 4, name).toBeLessThanOrEqual(1_000);
      // On newer CLIs the model does not see the tools until it has looked for them.
      expect(text, name).toContain("`tool_search`");
    }
  });

  test.each(Object.entries(FLAGS))("%s understands its flags", (name, flags) => {
    for (const flag of flags) expect(readSkill(name), flag).toContain(`\`${flag}`);
  });

  test("the models and their usual effort come from one file", () => {
    const { default: usual, models } = JSON.parse(readFileSync(join(ROOT, "plugin/codex/models.json"), "utf8"));
    for (const name of ["review", "adversarial-review", "rescue"]) {
      expect(readSkill(name)).toContain(`model: "${usual}"`);
      for (const { name: model, effort } of models) expect(readSkill(name)).toContain(`${model} ${effort ?? "none"}`);
    }
    const source = readdirSync(join(ROOT, "plugin/codex/skills")).map((name) =>
      readFileSync(join(ROOT, `plugin/codex/skills/${name}/SKILL.md`), "utf8"),
    );
    expect(source.join()).not.toMatch(/\b(opus|sonnet|haiku|fable)\b/);
  });

  test("its server is known as a bridge, so that no Codex below a bridge starts it", () => {
    const { command, args } = readServer();
    expect(isBridgeCommand([command, ...args], "/x/bin.js")).toBe(true);
  });
});

describe.runIf(HAS_PLUGINS)("the real Codex", () => {
  const install = (lab: Lab): void => installPlugin(lab, BUILT, "cc@codex-bridge");

  test("installs it from the folder with two commands", ({ lab }) => {
    install(lab);
    const { installed } = JSON.parse(runCodex(lab, "plugin", "list", "--json"));
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(installed).toMatchObject([{ pluginId: "cc@codex-bridge", version, enabled: true }]);
    const available = JSON.parse(runCodex(lab, "plugin", "list", "--available", "--json"));
    expect(available.available).toEqual([]);
    expect(JSON.parse(runCodex(lab, "mcp", "list", "--json"))).toMatchObject([
      { name: "codex-bridge", enabled: true, transport: { command: "sh", cwd: null }, tool_timeout_sec: 660 },
    ]);
  });

  test.each(SKILLS)("loads $cc:%s whole when it is named, and tells the model of no skill before", async (name) => {
    const lab = await createLab(say("over"));
    try {
      install(lab);
      const prompt = `$cc:${name} --background and so on`;
      await runCodexTurn(lab, prompt);
      const [request] = lab.standIn.requests;
      const skill = request?.userTexts.find((text) => text.startsWith("<skill>"));
      expect(skill).toContain(`<name>cc:${name}</name>`);
      expect(skill).toContain(readSkill(name));
      expect(JSON.stringify(request?.body).split("cc:").length - 1, "named by nothing else").toBe(
        [prompt, skill].join().split("cc:").length - 1,
      );
    } finally {
      await lab.close();
    }
  });

  test("starts its server, and finds the tools that the skills speak of with the query that they name", async ({
    lab,
  }) => {
    install(lab);
    const search = { type: "tool_search_call", call_id: "s", execution: "client", arguments: { query: "claude" } };
    lab.respond(callThenSay(search));
    await runCodexTurn(lab, "$cc:review");
    const seen = JSON.stringify(lab.standIn.requests.at(-1)?.body);
    expect(seen).toContain("mcp__codex_bridge");
    for (const tool of ["claude", "claude_reply", "claude_review"]) expect(seen).toContain(`"name":"${tool}"`);
  });

  test("takes nothing of the Claude Code plugin from the same folder: no command, skill or hook", async ({ lab }) => {
    install(lab);
    const params = { cwds: [lab.project] };
    const answers = await askAppServer(lab, [
      ["skills/list", params],
      ["hooks/list", params],
    ]);
    const [skills = {}, hooks] = answers.map((answer) => (answer as { data: [Record<string, unknown>] }).data[0]);
    const names = (skills["skills"] as { name: string }[]).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("cc:")).toSorted()).toEqual(SKILLS.map((name) => `cc:${name}`));
    expect(hooks).toMatchObject({ hooks: [], warnings: [], errors: [] });
  });
});
