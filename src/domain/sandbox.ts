// The sandbox of a thread, and the order of its modes: read-only < workspace-write < danger-full-access.

/** Codex's three sandbox modes, narrowest first. */
export const SANDBOX_MODES = ["read-only", "workspace-write", "danger-full-access"] as const;

/** One of Codex's sandbox modes. */
export type SandboxMode = (typeof SANDBOX_MODES)[number];

/** What a turn may write and reach. The fields after `mode` matter only for `workspace-write`. */
export interface SandboxPolicy {
  readonly mode: SandboxMode;
  /** Whether commands may use the network. */
  readonly networkAccess: boolean;
  /** Absolute directories that may be written in addition to cwd. */
  readonly writableRoots: readonly string[];
  /** True keeps `/tmp` read-only. */
  readonly excludeSlashTmp: boolean;
  /** True keeps `$TMPDIR` read-only. */
  readonly excludeTmpdir: boolean;
}

/** The policy that writes nothing. */
export const READ_ONLY: SandboxPolicy = {
  mode: "read-only",
  networkAccess: false,
  writableRoots: [],
  excludeSlashTmp: false,
  excludeTmpdir: false,
};

/** The policy that limits nothing. */
export const FULL_ACCESS: SandboxPolicy = { ...READ_ONLY, mode: "danger-full-access" };

/** Whether `mode` allows more than `limit`. */
export function isWiderMode(mode: SandboxMode, limit: SandboxMode): boolean {
  return SANDBOX_MODES.indexOf(mode) > SANDBOX_MODES.indexOf(limit);
}

/** What `policy` allows beyond `limit`, in words; empty if nothing. */
export function describeWidening(policy: SandboxPolicy, limit: SandboxPolicy): string[] {
  if (policy.mode !== limit.mode) {
    return isWiderMode(policy.mode, limit.mode) ? [`mode ${policy.mode} instead of ${limit.mode}`] : [];
  }
  if (policy.mode !== "workspace-write") return [];
  const extraRoots = policy.writableRoots.filter((root) => !limit.writableRoots.some((known) => isInside(root, known)));
  return [
    ...(policy.networkAccess && !limit.networkAccess ? ["network access"] : []),
    ...extraRoots.map((root) => `writable root ${root}`),
    ...(limit.excludeSlashTmp && !policy.excludeSlashTmp ? ["/tmp writable"] : []),
    ...(limit.excludeTmpdir && !policy.excludeTmpdir ? ["$TMPDIR writable"] : []),
  ];
}

/** What both policies allow. */
export function intersectPolicies(policy: SandboxPolicy, limit: SandboxPolicy): SandboxPolicy {
  if (policy.mode !== limit.mode) return isWiderMode(policy.mode, limit.mode) ? limit : policy;
  if (policy.mode !== "workspace-write") return policy;
  return {
    mode: policy.mode,
    networkAccess: policy.networkAccess && limit.networkAccess,
    writableRoots: policy.writableRoots.filter((root) => limit.writableRoots.some((known) => isInside(root, known))),
    excludeSlashTmp: policy.excludeSlashTmp || limit.excludeSlashTmp,
    excludeTmpdir: policy.excludeTmpdir || limit.excludeTmpdir,
  };
}

/** Whether the absolute path `path` is `root` or lies below it. */
export function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith("/") ? root : `${root}/`);
}
