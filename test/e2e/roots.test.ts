// Where the real Claude Code says that it works: the bridge asks it at each call that names no `cwd`.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ModelStep } from "../../src/setup/demo/messages-standin.ts";
import { say } from "../support/lab.ts";
import { createSession, type Script, type Session } from "./session.ts";

let session: Session;

beforeEach(async () => {
  session = await createSession();
  const git = (...words: string[]): void => {
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.invalid", ...words], {
      cwd: session.lab.project,
      env: { PATH: process.env["PATH"], HOME: session.lab.root },
    });
  };
  git("init", "-q");
  git("commit", "-q", "--allow-empty", "-m", "first");
  session.lab.respond(say("done"));
});
afterEach(() => session.close());

const CALL = { tool: "mcp__codex__codex", input: { prompt: "x" } };
const follow =
  (steps: readonly ModelStep[]): Script =>
  ({ index }) =>
    steps[index] ?? { text: "over" };

/** What Claude Code answered when it was asked, in order: with the next request of the call, or to a request of the old era. */
function readAnswers(): unknown[] {
  const wire = session.readWire();
  const asked = wire.flatMap(({ message }) => (message["method"] === "roots/list" ? [message["id"]] : []));
  return wire.flatMap(({ direction, message }) => {
    if (message["method"] === "tools/call") return Object.values(message.params?.["inputResponses"] ?? {});
    return direction === "in" && "result" in message && asked.includes(message["id"]) ? [message["result"]] : [];
  });
}

/** The `cwd` of each result that Claude's model was shown. */
const readDirectories = (): unknown[] =>
  session.model.requests.flatMap(({ toolResult }) => /"cwd":"([^"]+)"/.exec(toolResult?.text ?? "")?.[1] ?? []);

test("after EnterWorktree a call without cwd works in the work tree", async () => {
  const run = session.start(follow([CALL, { tool: "EnterWorktree", input: { name: "side" } }, CALL]), {
    isRecorded: true,
    settings: { permissions: { allow: ["EnterWorktree"] } },
  });
  const { code, stderr } = await run.ended;
  expect(code, stderr).toBe(0);
  const tree = join(session.lab.project, ".claude/worktrees/side");
  expect(readAnswers()).toEqual(
    [session.lab.project, tree].map((path) => ({ roots: [expect.objectContaining({ uri: `file://${path}` })] })),
  );
  expect(readDirectories()).toEqual([session.lab.project, tree]);
});

test("a directory that --add-dir adds comes after the one that Claude Code works in", async () => {
  const { code, stderr } = await session.start(follow([CALL]), {
    isRecorded: true,
    flags: ["--add-dir", session.lab.outside],
  }).ended;
  expect(code, stderr).toBe(0);
  expect(readAnswers()).toMatchObject([
    { roots: [session.lab.project, session.lab.outside].map((path) => ({ uri: `file://${path}` })) },
  ]);
  expect(readDirectories()).toEqual([session.lab.project]);
});
