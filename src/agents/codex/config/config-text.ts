// Reads the text of a config.toml at once. It loads its parser with it, so nothing on the way to the server's start may import it.
import { parse } from "smol-toml";

/** The table of a config.toml; undefined if the text is not TOML. Codex does not start with such a file. */
export function parseConfigText(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return parse(text, { integersAsBigInt: "asNeeded" });
  } catch {
    return undefined;
  }
}
