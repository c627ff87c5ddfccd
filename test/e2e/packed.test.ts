// What a user installs: the packed file, in an empty folder, registered in the real Claude Code with the README's words, one call.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type MessagesStandIn, startMessagesStandIn } from "../standins/messages-standin.ts";
import { createLab, type Lab, say } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";
import { runClaude, runClaudeCommand } from "./claude.ts";

const ROOT = join(import.meta.dirname, "../..");
let lab: Lab;
let model: MessagesStandIn;

beforeEach(async () => {
  lab = await createLab(say("packed and well"));
  model = await startMessagesStandIn((request) =>
    request.index === 0
      ? { tool: "mcp__codex__codex", input: { prompt: "hello" } }
      : { text: `final: ${request.toolResult?.text}` },
  );
});
afterEach(async () => {
  await model.close();
  await lab.close();
});

/** Packs the project as it is built, has the file linted, and installs it in an empty folder; gives the program. */
function installPacked(): string {
  const folder = join(lab.root, "installed");
  mkdirSync(folder);
  const npm = (...words: string[]) =>
    execFileSync("npm", [...words, "--loglevel=error"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
  npm("pack", ROOT, "--ignore-scripts");
  const [file = ""] = readdirSync(folder);
  const publint = join(ROOT, "node_modules/publint/src/cli.js");
  execFileSync(process.execPath, [publint, "run", file, "--strict"], { cwd: folder, stdio: "pipe" });
  npm("init", "--yes");
  npm("install", `./${file}`, "--no-audit", "--no-fund");
  return join(folder, "node_modules/.bin/codex-bridge");
}

/** Bytes of all files below a folder. */
function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

test("a packed install answers Claude Code, by itself or as a plugin, and doctor finds nothing amiss", async () => {
  const program = installPacked();
  expect(readdirSync(join(lab.root, "installed/node_modules")).filter((name) => !name.startsWith("."))).toEqual([
    "codex-bridge",
  ]);
  expect(sizeOf(join(lab.root, "installed/node_modules/codex-bridge"))).toBeLessThanOrEqual(5_000_000);
  const home = join(lab.root, "claude-home");
  mkdirSync(home);
  const place = { home, cwd: lab.project };
  const mark = nanoid();
  const variables = Object.entries({ ...lab.env, LAB_CASE: mark }).flatMap(([name, value]) => [
    "-e",
    `${name}=${value}`,
  ]);
  runClaudeCommand(["mcp", "add", "codex", ...variables, "--", program], place);
  expect(runClaudeCommand(["mcp", "list"], place)).toMatch(/codex: .*Connected/);

  const { code, events, stderr } = await runClaude({
    prompt: "go",
    server: undefined,
    messagesBaseUrl: model.baseUrl,
    home,
    cwd: lab.project,
  }).ended;
  expect(code, stderr).toBe(0);
  expect(String(events.at(-1)?.["result"])).toContain("packed and well");

  const env = { HOME: home, PATH: process.env["PATH"] ?? "" };
  const other = { home: join(lab.root, "plugin-home"), cwd: lab.project };
  mkdirSync(other.home);
  const marketplace = join(lab.root, "installed/node_modules/codex-bridge/dist-plugin");
  runClaudeCommand(["plugin", "install", "codex-bridge", "--marketplace", marketplace], other);
  expect(runClaudeCommand(["mcp", "list"], other)).toMatch(/plugin:codex-bridge:codex: .*Connected/);

  const printed = execFileSync(program, ["doctor", "--json"], { cwd: lab.project, env, encoding: "utf8" });
  const { status, checks } = JSON.parse(printed);
  expect(status, printed).toBe("ok");
  expect(checks.find((check: { id: string }) => check.id === "registration").found).toContain("in local scope");
  expect(findMarked(`LAB_CASE=${mark}`)).toEqual([]);
});
