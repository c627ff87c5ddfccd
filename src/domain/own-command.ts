// How a person starts this program: the words that help and registrations name.

/** `codex-bridge` where it is installed as a package, `npx -y codex-bridge` where npx keeps it, else node with its path. */
export function toOwnCommand(ownPath: string): [program: string, ...args: string[]] {
  if (ownPath.includes("/_npx/")) return ["npx", "-y", "codex-bridge"];
  return /\/node_modules\/codex-bridge\/dist\//.test(ownPath) ? ["codex-bridge"] : ["node", ownPath];
}
