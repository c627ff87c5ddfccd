// `writable_roots` as Codex reads them.
import { join, resolve } from "node:path";

/**
 * A root of config.toml as an absolute path: `~` is the home folder, another relative path starts at Codex's home, `.`, `..` and surplus
 * slashes are taken out as text; links stay. Observed alike with 0.120, 0.150 and 0.169; 0.50 takes every root as it stands.
 */
export function toAbsoluteRoot(root: string, codexHome: string, home: string): string {
  const isHome = root === "~" || root.startsWith("~/");
  return resolve(codexHome, isHome ? join(home, root.slice(1)) : root);
}
