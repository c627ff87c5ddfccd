// Turns of Claude Code in its sandbox, through the bridge, against the same Claude Code by hand: `claude -p`, and a process that is kept.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { mapValues, median, race, runToExit, startServer, time } from "./measure.mjs";
import { findStarted } from "./started.mjs";

const ROUNDS = 15;
const FOLLOWING_ROUNDS = 41;
const WARM_BAR = 0.15;
const STREAM_BAR = 1.2;
const COLD_BAR = 1.15;
/** As a host drives it by hand, with the flags that make it quickest. */
const QUICKEST = [
  ...["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
  ...["--setting-sources", "", "--strict-mcp-config", "--tools", "Read,Grep,Glob"],
];
const QUIET = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" };

/** The Claude Code of the end-to-end tests; undefined where they have not been installed. */
export function findClaude(root) {
  const name = `claude-code-${process.platform}-${process.arch}`;
  const path = join(root, "test/e2e/node_modules/@anthropic-ai", name, "claude");
  return existsSync(path) ? path : undefined;
}

/** A new thread with its turn, and a following turn. `startMessagesStandIn` makes the stand-in of the Messages API. */
export async function benchClaude({ servers, env, project }, claude, startMessagesStandIn) {
  const standIn = await startMessagesStandIn(
    () => ({ text: "hello" }),
    () => true,
  );
  const home = join(env.HOME, "claude-home");
  mkdirSync(home);
  const own = { ANTHROPIC_BASE_URL: standIn.baseUrl, ANTHROPIC_API_KEY: "bench", DISABLE_AUTOUPDATER: "1" };
  const plain = { HOME: home, PATH: env.PATH, ...own };
  const server = startServer([...servers.ours.command, "serve", "--role", "codex"], {
    env: { ...env, ...plain, CLAUDE_BIN: claude },
    cwd: project,
  });
  const streams = [openStream({ file: claude, args: QUICKEST, env: { ...plain, ...QUIET } }, project)];
  const call = async (more) => {
    const tool = more.threadId === undefined ? "claude" : "claude-reply";
    const { structuredContent } = await server.call(tool, { prompt: "hello", ...more });
    if (structuredContent?.content !== "hello" || (structuredContent.warnings ?? []).length > 0) {
      throw new Error(`no turn in a sandbox: ${JSON.stringify(structuredContent)}`);
    }
    return structuredContent.threadId;
  };
  try {
    const threadId = await call({});
    streams.push(openStream(toSecond(findStarted(server.child.pid, claude)), project));
    const [stream, held] = streams;
    await stream.turn();
    await held.turn();
    const reply = () => time(() => call({ threadId }));
    const once = { env: plain, cwd: project };
    const print = () => time(() => runToExit(claude, ["-p", "hello", "--output-format", "json"], once));
    const kept = { stream: () => time(stream.turn), held: () => time(held.turn), ours: reply };
    const following = mapValues(await race(FOLLOWING_ROUNDS, kept), median);
    const warm = mapValues(await race(ROUNDS, { print, ours: reply }), median);
    const cold = mapValues(await race(ROUNDS, { print, ours: () => time(() => call({})) }), median);
    return [
      toRow("following turn", "claude -p", warm.ours, warm.print, WARM_BAR),
      toRow("the same", "stream-json", following.ours, following.stream, STREAM_BAR),
      toRow("the same", "stream-json in this sandbox", following.ours, following.held, STREAM_BAR),
      toRow("new thread and turn", "claude -p", cold.ours, cold.print, COLD_BAR),
    ];
  } finally {
    for (const stream of streams) stream.close();
    await server.close();
    await standIn.close();
  }
}

function toRow(work, what, ours, raw, bar) {
  return {
    work: `Claude Code in its sandbox: ${work}`,
    times: { ours },
    raw: { what, ms: raw },
    ratio: ours / raw,
    bar: `× ${bar.toFixed(2)}`,
    isMet: ours / raw <= bar,
  };
}

/** What the bridge started, to be started again as another session. */
function toSecond({ args, ...started }) {
  const at = args.indexOf("--session-id") + 1;
  return { ...started, args: args.with(at, randomUUID()) };
}

function openStream({ file, args, env }, cwd) {
  const child = spawn(file, args, { env, cwd, stdio: ["pipe", "pipe", "ignore"] });
  let end = () => {};
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (JSON.parse(line).type === "result") end();
  });
  return {
    turn: () => {
      const ended = new Promise((resolve) => {
        end = resolve;
      });
      child.stdin.write(`${JSON.stringify({ type: "user", message: { role: "user", content: "hello" } })}\n`);
      return ended;
    },
    close: () => child.stdin.end(),
  };
}
