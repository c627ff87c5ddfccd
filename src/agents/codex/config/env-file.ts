// Reads `$CODEX_HOME/.env`, whose variables Codex sets for itself at its start (docs/codex-cli.md#credentials).
import { join } from "node:path";
import { createRedactor, type Redact } from "../../../domain/redact.ts";
import { readStamp } from "../../../files/file-stamp.ts";
import { readSmallTextIfAny } from "../../../files/small-file.ts";

/** Variables by name. */
export type Variables = Readonly<Record<string, string>>;

const NONE: Variables = {};
const MAX_BYTES = 1_048_576;
// A name, then a text in quotes, which may span several lines, or else the rest of the line.
const ENTRY =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*=[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|([^\r\n]*))/gm;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Makes a reader that checks the file's stamp each time and reads the file only if it has changed. An unreadable file counts as empty. */
export function createEnvFileReader(codexHome: string): () => Variables {
  const path = join(codexHome, ".env");
  let known = { stamp: "", variables: NONE };
  return () => {
    const stamp = readStamp(path);
    if (stamp !== known.stamp) {
      const text = stamp === "" ? undefined : readSmallTextIfAny(path, MAX_BYTES);
      known = { stamp, variables: text === undefined ? NONE : parseEnvFile(text) };
    }
    return known.variables;
  };
}

/** Parses a `.env` text as Codex does. A doubtful line counts as a variable: the only effect of a wrong one is that commands do not get it. */
export function parseEnvFile(text: string): Variables {
  const variables: Record<string, string> = {};
  for (const [, name = "", single, double, rest = ""] of text.matchAll(ENTRY)) {
    if (/^codex_/i.test(name)) continue;
    variables[name] = single ?? substitute(double === undefined ? toBare(rest) : toPlainText(double), variables);
  }
  return variables;
}

function toBare(rest: string): string {
  return rest.replace(/(?:^|\s+)#.*$/, "").trim();
}

function toPlainText(text: string): string {
  return text.replace(/\\([\s\S])/g, (_whole, character: string) => ESCAPES[character] ?? character);
}

function substitute(text: string, variables: Variables): string {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    return variables[braced ?? bare ?? ""] ?? whole;
  });
}

/**
 * Makes a redactor that also removes the file's secrets, the current and the earlier ones: a thread may still mention an old one. It checks
 * the file for each text.
 */
export function createHomeRedactor(env: Readonly<Record<string, string | undefined>>, read: () => Variables): Redact {
  let known = NONE;
  let redact = createRedactor(env);
  return (text) => {
    const variables = read();
    if (variables !== known) {
      const [before, added] = [redact, createRedactor(variables)];
      known = variables;
      redact = (words) => added(before(words));
    }
    return redact(text);
  };
}
