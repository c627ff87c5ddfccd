// Explains that Codex could not open a thread or begin a turn because its sandbox does not start. Where a permission profile denies a read,
// the app server reads AGENTS.md within the sandbox, so this shows before any command (0.160 to 0.169).
import type { Explanation } from "./codex-failures.ts";

/** Next step if TMPDIR is the cause. */
export const FOLDER_STEP = "Ask the user to make that directory, or to unset TMPDIR for the bridge.";
/** Next step if the thread's directory or writable roots are the cause. */
export const FRAME_STEP =
  "Codex's message names the cause: a link in place of .git, .codex or .agents, or a writable root that is missing or is a file. Ask the user to fix it, or use sandbox read-only.";

/** Explains the words; undefined if they are not about the sandbox. */
export function readSandboxWords(words: string): Explanation | undefined {
  const beginning = words.slice(0, 4_096);
  if (!/\bfs sandbox helper failed\b/.test(beginning)) return undefined;
  const folder = /mount registry temp directory (\/[^\s:]{1,300}): No such file/.exec(beginning)?.[1];
  if (folder !== undefined) return explain(`TMPDIR names ${folder}, which is no directory`, FOLDER_STEP);
  if (/cannot enforce sandbox|error building bubblewrap command/.test(beginning)) {
    return explain("for this directory and its writable roots", FRAME_STEP);
  }
  return explain("on this machine", undefined);
}

function explain(where: string, nextStep: string | undefined): Explanation {
  return {
    code: "SANDBOX_UNAVAILABLE",
    summary: `Codex's sandbox does not start (${where}), so nothing was done.`,
    nextStep,
  };
}
