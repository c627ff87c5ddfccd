// How a person starts this program: the words that help and registration name.

/** `codex-bridge` where it is installed as a package, else node with its path. */
export function toOwnCommand(ownPath: string): string {
  return /\/node_modules\/codex-bridge\/dist\//.test(ownPath) ? "codex-bridge" : `node ${ownPath}`;
}
