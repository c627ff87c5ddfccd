// The command that starts this program, for help and registrations.

/** `codex-bridge` if it is installed as a package, `npx -y codex-bridge` if npx runs it, otherwise node with its path. */
export function toOwnCommand(ownPath: string): [program: string, ...args: string[]] {
  if (ownPath.includes("/_npx/")) return ["npx", "-y", "codex-bridge"];
  return /\/node_modules\/codex-bridge\/dist\//.test(ownPath) ? ["codex-bridge"] : ["node", ownPath];
}
