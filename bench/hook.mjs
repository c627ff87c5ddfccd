// What Claude Code waits for at every prompt: the hook as a program, against a bare node.
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mapValues, median, race, runToExit, time } from "./measure.mjs";

const ROUNDS = 11;
/** Claude Code's own figure for a bare node at a prompt is 22 ms, and the hook may take 40. */
const BAR = 1.8;

const SHORT = "please fix the failing test in the parser";
const LOG = `${"2026-01-02T03:04:05 INFO run it\n".repeat(580)}\n\n${SHORT}`;

/** One row for each prompt or rules file. */
export async function benchPromptHook({ servers, environments, cwd }, root) {
  const [env] = Object.values(environments);
  const own = join(cwd, "own-rules.json");
  copyFileSync(join(root, "delegation-rules.json"), own);
  const [node] = servers.ours.command;
  const { hooks } = JSON.parse(readFileSync(join(root, "plugin/hooks/hooks.json"), "utf8"));
  // As the plugin starts it, flags of Node included.
  const plugin = join(root, "dist-plugin/codex-bridge");
  const args = hooks.UserPromptSubmit[0].hooks[0].args.map((word) => word.replace("${CLAUDE_PLUGIN_ROOT}", plugin));
  const hook =
    (prompt, extra = {}) =>
    () =>
      time(() =>
        runToExit(
          node,
          args,
          { env: { ...env, DELEGATION_MODE: "automatic", ...extra }, cwd },
          JSON.stringify({ prompt }),
        ),
      );
  const bare = () => time(() => runToExit(node, ["-e", "0"], { env, cwd }));
  const contenders = { bare, short: hook(SHORT), log: hook(LOG), own: hook(SHORT, { DELEGATION_RULES: own }) };
  const { bare: raw, ...times } = mapValues(await race(ROUNDS, contenders), median);
  const row = (work, ms, bar) => ({
    work: `prompt hook, ${work}`,
    times: { ours: ms },
    raw: { what: "node -e 0", ms: raw },
    ratio: ms / raw,
    bar: `× ${bar}`,
    isMet: ms / raw <= bar,
  });
  return [
    row("a line", times.short, BAR),
    row("a line behind a log of 19 kB", times.log, BAR),
    row("a copy of the shipped rules as one's own, after its first prompt", times.own, BAR),
  ];
}
