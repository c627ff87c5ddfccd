// What the configuration of a repository says about its format, read without git: git itself refuses a format that it does not know.

/**
 * The value of `extensions.NAME` in the text of a git config file; undefined if it is not there. `name` is in lower case. As with git, the last one
 * counts, and names of sections and keys have no case.
 */
export function readExtension(config: string, name: string): string | undefined {
  let isWithin = false;
  let value: string | undefined;
  for (const line of config.split("\n")) {
    const [, section, rest = ""] = /^\s*(?:\[([^\]]*)\])?(.*)$/s.exec(line) ?? [];
    if (section !== undefined) isWithin = section.trim().toLowerCase() === "extensions";
    // A comment may follow, begun by `#` or `;`.
    const [, key = "", found] = /^\s*([\w-]+)\s*=\s*"?([^\s"#;]+)/.exec(rest) ?? [];
    if (isWithin && key.toLowerCase() === name) value = found;
  }
  return value;
}
