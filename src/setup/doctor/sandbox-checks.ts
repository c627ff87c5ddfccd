// Checks of Codex's sandbox: whether it starts and holds.
import { toBuiltInMode } from "../../agents/codex/config/permission-settings.ts";
import { toSandboxConfig } from "../../agents/codex/launch/sandbox-overrides.ts";
import type { RunCodex } from "../../agents/codex/program/capabilities.ts";
import { findMissingTmpdir, probeSandbox, probeStart } from "../../agents/codex/program/sandbox-probe.ts";
import { type Finding, failed, ok, warning } from "./check.ts";
import type { ReadConfig } from "./options.ts";

/** Checks whether Codex's sandbox starts and holds, and whether it also starts for turns that write in the current directory. */
export async function checkSandbox(
  run: RunCodex,
  probePath: string,
  turn: { readonly readConfig: ReadConfig; readonly env: NodeJS.ProcessEnv },
): Promise<Finding> {
  const state = await probeSandbox(run, probePath);
  if (state.kind === "works") {
    return (await checkWritingSandbox(run, turn)) ?? ok("starts, and a write is refused in it");
  }
  if (state.kind === "unknown") return warning("did not answer in time", "Run doctor again when the machine is idle.");
  if (state.kind === "does not hold") {
    return failed(
      "a command in the read-only sandbox could write",
      "Do not delegate anything until this is fixed: update the Codex CLI.",
    );
  }
  return failed(
    `cannot start: ${state.reason}`,
    `Until this is fixed, Codex's commands fail in every turn, although the turn completes. ${toRemedy(state.reason)}`,
  );
}

// The directory and the config can prevent the sandbox from starting for turns that write, while read-only turns work.
async function checkWritingSandbox(
  run: RunCodex,
  { readConfig, env }: { readonly readConfig: ReadConfig; readonly env: NodeJS.ProcessEnv },
): Promise<Finding | undefined> {
  const tmpdir = findMissingTmpdir(env);
  if (tmpdir !== undefined) {
    return warning(
      `TMPDIR names ${tmpdir}, which is not a directory`,
      "Create it or unset TMPDIR: Codex's sandbox needs the directory.",
    );
  }
  const config = await readConfig().catch(() => undefined);
  if (config === undefined) return undefined;
  const { permissions, workspaceWrite } = config;
  const isHeld = permissions.selected !== undefined && toBuiltInMode(permissions) === undefined;
  const held = isHeld ? { permissions: { name: permissions.selected, isReadOnly: false } } : {};
  const state = await probeStart(run, toSandboxConfig({ sandbox: workspaceWrite, ...held }));
  if (state.kind !== "cannot start") return undefined;
  return warning(
    `starts, but not for turns that write in this directory: ${state.reason}`,
    "Fix what the message names: a link in place of .git, .codex or .agents, or a writable root of config.toml that is missing or is a file.",
  );
}

// Words of bubblewrap and Landlock about the kernel. Any other reason has nothing to do with the kernel.
function toRemedy(reason: string): string {
  if (!/bwrap|namespace|uid_map|uid map|loopback|landlock|seccomp|operation not permitted|unshare/i.test(reason)) {
    return "Run `codex sandbox -- true` yourself to see why.";
  }
  return (
    "On Linux, allow unprivileged user namespaces " +
    "(sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns=0). In a container, start the container so that it allows them."
  );
}
