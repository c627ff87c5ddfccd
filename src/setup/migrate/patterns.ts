// Patterns for names of tools, as Claude Code reads them.

/** A hook's matcher: one of plain characters is compared by its alternatives, any other is a regular expression. */
export function toMatcher(text: string): (name: string) => boolean {
  if (/^[\w\-|]*$/.test(text)) return (name) => text.split("|").includes(name);
  try {
    const pattern = new RegExp(text);
    return (name) => pattern.test(name);
  } catch {
    return () => false;
  }
}

/** A rule with wildcards. */
export function toGlob(text: string): (name: string) => boolean {
  const parts = text.split("*").map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"));
  const pattern = new RegExp(`^${parts.join(".*")}$`);
  return (name) => pattern.test(name);
}
