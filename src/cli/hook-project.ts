// The folder of the project in which a hook runs.

/**
 * The folder in which Claude Code was started, and starts its servers: their relative paths count from there. `cwd`, of the hook's payload, and
 * the hook's own directory follow a `cd` of the model (docs/claude-code.md#hooks).
 */
export function findHookProject(cwd: unknown): string {
  return process.env["CLAUDE_PROJECT_DIR"]?.trim() || (typeof cwd === "string" && cwd) || process.cwd();
}
