// Reads `writable_roots` as Codex does (docs/codex-cli.md#config-layers).
import { join, resolve } from "node:path";

/**
 * Turns a root of config.toml into an absolute path. `~` is the home folder; other relative paths start at Codex's home. `.`, `..` and extra
 * slashes are resolved as text; links are not resolved. 0.50 uses every root as it is written.
 */
export function toAbsoluteRoot(root: string, codexHome: string, home: string): string {
  const isHome = root === "~" || root.startsWith("~/");
  return resolve(codexHome, isHome ? join(home, root.slice(1)) : root);
}
