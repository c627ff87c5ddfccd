// Builds the argument list of one `codex exec` run. All options come before the word `resume`: only that order works on every version
// (docs/codex-cli.md#options-before-resume).
import type { CodexFrame } from "../codex/codex-frame.ts";
import { toFlags } from "../codex/config/overrides.ts";
import { type LaunchProfile, toPermissionOverrides } from "../codex/launch/sandbox-overrides.ts";
import { type OverrideSource, toThreadOverrides } from "../codex/launch/thread-overrides.ts";

/** Everything that the arguments of a run contain. The prompt is not part of it: it is sent on stdin. */
export interface ExecRun extends OverrideSource {
  readonly frame: CodexFrame;
  /** Thread to resume; undefined starts a new one. */
  readonly threadId: string | undefined;
  /** Whether to make a new thread with the history of `threadId`, without a turn, rather than to resume it. */
  readonly isFork?: boolean | undefined;
  readonly images: readonly string[];
  /** Path of a JSON Schema file. */
  readonly outputSchemaPath: string | undefined;
  /** Tag for the rollout, if the CLI takes one. */
  readonly threadSource: string | undefined;
  readonly requireGit: boolean;
  /** Whether Codex keeps nothing of the thread. */
  readonly isEphemeral: boolean;
  /** Whether the run ignores Codex's command rules. */
  readonly ignoresRules: boolean;
  /** The user's permission profile, if the thread runs under it. */
  readonly profile: LaunchProfile | undefined;
}

/** Builds the arguments for the Codex program. It reads the prompt from stdin; a fork has none. */
export function buildExecArgs(run: ExecRun): string[] {
  const { frame, threadId, isFork = false } = run;
  const thread = threadId === undefined ? [] : [isFork ? "fork" : "resume", threadId];
  const isNew = threadId === undefined || isFork;
  const options = [
    ...(frame.profile === undefined ? [] : ["-p", frame.profile]),
    ...(frame.model === undefined ? [] : ["-m", frame.model]),
    ...run.images.flatMap((path) => ["-i", path]),
    ...(run.outputSchemaPath === undefined ? [] : ["--output-schema", run.outputSchemaPath]),
    ...(run.threadSource === undefined || !isNew ? [] : ["--thread-source", run.threadSource]),
    ...(run.isEphemeral ? ["--ephemeral"] : []),
    ...(run.requireGit ? [] : ["--skip-git-repo-check"]),
    ...(run.ignoresRules ? ["--ignore-rules"] : []),
    ...toFlags([...toThreadOverrides(run), ...toPermissionOverrides(frame, run.profile)]),
  ];
  // With `-s` Codex would drop the denies of the user's permission profile.
  const sandbox = frame.permissions?.name === undefined ? ["-s", frame.sandbox.mode] : [];
  return ["exec", "--json", ...sandbox, "-C", frame.cwd, ...options, ...thread, ...(isFork ? [] : ["-"])];
}
