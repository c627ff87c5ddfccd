// Keeps the bridge's state folder and Codex's home out of what a turn may write, since their files limit the turn.
// Codex itself only protects `.codex` at the top of the working directory (docs/codex-cli.md#sandbox).
import { BridgeError } from "../../domain/errors.ts";
import { isInside, READ_ONLY, type SandboxPolicy } from "../../domain/sandbox.ts";
import { resolveRealPath } from "../../files/real-path.ts";

/** Paths that the checks depend on. */
export interface AreaScope {
  /** Absolute path of the bridge's state folder. */
  readonly stateDir: string;
  readonly codexHome: string;
  /** The user's home folder. */
  readonly home: string;
  /** `$TMPDIR` of Codex's commands, if it is set. */
  readonly tmpdir: string | undefined;
  /** Folders of the user's that a turn in a worktree of its own must leave alone. Real paths. */
  readonly userTrees?: readonly string[] | undefined;
}

/** A directory that no turn may write, as a real path. */
interface Guarded {
  readonly name: string;
  readonly path: string;
  readonly setting?: string;
}

/**
 * Returns the policy without `/tmp` or `$TMPDIR` if a guarded directory is below it.
 * Throws SANDBOX_DENIED if cwd or a writable root contains a guarded directory, or is inside one.
 */
export function guardAreas(cwd: string, policy: SandboxPolicy, scope: AreaScope): SandboxPolicy {
  if (policy.mode !== "workspace-write") return policy;
  const guarded = listGuarded(scope);
  refuseExposure("cwd", cwd, guarded);
  for (const root of policy.writableRoots) refuseExposure("writable root", root, guarded);
  return {
    ...policy,
    excludeSlashTmp: policy.excludeSlashTmp || exposes("/tmp", guarded) !== undefined,
    excludeTmpdir: policy.excludeTmpdir || (scope.tmpdir !== undefined && exposes(scope.tmpdir, guarded) !== undefined),
  };
}

/** Throws the error that a call would get in `cwd` if it names no directory and runs with workspace-write. */
export function refuseWriting(cwd: string, scope: AreaScope): void {
  const policy: SandboxPolicy = { ...READ_ONLY, mode: "workspace-write" };
  const real = resolveRealPath(cwd);
  guardAreas(real, policy, scope);
  refuseWideDefault(real, policy, scope);
}

/** Drops the roots of the user's config that contain a guarded directory or lie in one. */
export function dropExposingRoots(roots: readonly string[], scope: AreaScope): string[] {
  const guarded = listGuarded(scope);
  return roots.filter((root) => exposes(root, guarded) === undefined);
}

/** Refuses to write in `/` or the home folder by default: a call that names no directory has not chosen them. Throws INVALID_ARGUMENT. */
export function refuseWideDefault(cwd: string, { mode }: SandboxPolicy, scope: AreaScope): void {
  const name = cwd === "/" ? "/" : cwd === resolveRealPath(scope.home) ? "the home folder" : undefined;
  if (name === undefined || mode === "read-only") return;
  throw new BridgeError("INVALID_ARGUMENT", `No cwd was named, and the bridge does not write in ${name} by default.`, {
    nextStep: "Pass `cwd`, the directory of the project.",
  });
}

function refuseExposure(name: string, area: string, guarded: readonly Guarded[]): void {
  const found = exposes(area, guarded);
  if (found === undefined) return;
  const where = area === found.path || isInside(area, found.path) ? "lies in" : "contains";
  const message = `${name} ${JSON.stringify(area)} ${where} ${found.name} (${found.path}), so a turn that writes could change it.`;
  const move = found.setting === undefined ? "" : ` The user can also move ${found.name} (${found.setting}).`;
  throw new BridgeError("SANDBOX_DENIED", message, {
    nextStep: `Name another directory, such as the project's own below it, or use sandbox read-only.${move}`,
  });
}

function exposes(area: string, guarded: readonly Guarded[]): Guarded | undefined {
  const real = resolveRealPath(area);
  return guarded.find(({ path }) => isInside(path, real) || (isInside(real, path) && !isWorktree(real, path)));
}

// Codex's `--worktree` (0.160 and later) puts work trees at `worktrees/<id>/<repository>` in its own home.
function isWorktree(area: string, codexHome: string): boolean {
  return /^worktrees\/[^/]+\/[^/]+/.test(area.slice(codexHome.length + 1));
}

function listGuarded({ stateDir, codexHome, userTrees = [] }: AreaScope): Guarded[] {
  return [
    ...userTrees.map((path) => ({ name: "the user's own working tree", path })),
    { name: "the bridge's state folder", path: resolveRealPath(stateDir), setting: "BRIDGE_STATE_DIR" },
    { name: "Codex's home", path: resolveRealPath(codexHome), setting: "CODEX_HOME" },
  ];
}
