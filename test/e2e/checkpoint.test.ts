// Checkpoints in the real Claude Code: its hooks save what was said, its next session is offered it, and its tools go on from there.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { until } from "../support/lab.ts";
import { runClaudeCommand } from "./claude.ts";
import { follow, test } from "./fixture.ts";

const MARKETPLACE = join(import.meta.dirname, "../../dist-plugin");
const PREFIX = "mcp__plugin_codex-bridge_codex__";
const ALLOWED = ["--allowedTools", `${PREFIX}restore_checkpoint,${PREFIX}save_checkpoint`];

test("a session that ends is saved, offered to the next one, and restored by its tool", async ({ session }) => {
  const { home, lab, model } = session;
  runClaudeCommand(["plugin", "install", "codex-bridge", "--marketplace", MARKETPLACE], { home, cwd: lab.project });
  const folder = join(lab.project, ".claude-context");
  const run = async (script: Parameters<typeof session.start>[0], prompt: string, flags: string[] = []) => {
    const from = model.requests.length;
    const { code, events, stderr } = await session.start(
      (request) => script({ ...request, index: request.index - from }),
      {
        prompt,
        isPlugin: true,
        flags: [...ALLOWED, ...flags],
      },
    ).ended;
    expect(code, stderr).toBe(0);
    expect(stderr).not.toMatch(/hook .*(failed|cancelled)/i);
    return { id: String(events.at(-1)?.["session_id"]), requests: model.requests.slice(from) };
  };
  const first = await run(follow(), "port the parser");
  expect(existsSync(folder)).toBe(false);
  const { id } = await run(follow(), "now the tests", ["--resume", first.id]);
  await until("the checkpoint", () => existsSync(join(folder, `${id}.json`)));
  const saved = JSON.parse(readFileSync(join(folder, `${id}.json`), "utf8"));
  expect(saved.context.task_progress).toMatch(/port the parser[\s\S]*now the tests/);

  const restore = follow({ tool: `${PREFIX}restore_checkpoint`, input: {} });
  const { requests } = await run(restore, "go on");
  expect(JSON.stringify(requests[0]?.body)).toContain(`restore_checkpoint with sessionId \\"${id}\\"`);
  expect(requests[1]?.toolResult?.text).toMatch(new RegExp(`Continuing session ${id}`));

  const save = follow({ tool: `${PREFIX}save_checkpoint`, input: { taskProgress: "all ported", nextSteps: ["ship"] } });
  const last = await run(save, "keep this");
  const own = JSON.parse(readFileSync(join(folder, `${last.id}.json`), "utf8"));
  expect(own).toMatchObject({ worded_by: "caller", context: { task_progress: "all ported", next_steps: ["ship"] } });
  await until("nothing is left", () => session.findLeft().length === 0);
});

test("a compaction is preceded by a checkpoint, which the session is told of afterwards", async ({ session }) => {
  const { home, lab } = session;
  runClaudeCommand(["plugin", "install", "codex-bridge", "--marketplace", MARKETPLACE], { home, cwd: lab.project });
  const run = async (prompt: string, flags: string[] = []) => {
    const script = () => ({ text: "<summary>The parser is ported.</summary>" });
    const { code, events, stderr } = await session.start(script, { prompt, isPlugin: true, flags }).ended;
    expect(code, stderr).toBe(0);
    return events;
  };
  const id = String((await run("port the parser")).at(-1)?.["session_id"]);
  await run("now the tests", ["--resume", id]);
  const folder = join(lab.project, ".claude-context");
  const path = join(folder, `${id}.json`);
  await until("the checkpoint of the session's end", () => existsSync(path) && session.findLeft().length === 0);
  // What is there at the compaction is then that of the compaction.
  rmSync(folder, { recursive: true });
  const events = await run("/compact", ["--resume", id]);
  const told = events.find((event) => event["hook_name"] === "SessionStart:compact" && "stdout" in event);
  expect(events).toContainEqual(expect.objectContaining({ compact_result: "success" }));
  expect(String(told?.["stdout"])).toMatch(/this session was saved .*, before it was compacted\. restore_checkpoint/);
  await until("the session's end has saved too", () => session.findLeft().length === 0);
  const saved = JSON.parse(readFileSync(path, "utf8"));
  expect(saved.context.task_progress).toMatch(/port the parser[\s\S]*now the tests/);
});
