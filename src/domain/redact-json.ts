// Secrets in a text that is JSON: its strings and names are looked at one by one, and it stays JSON. It is never parsed as a whole,
// which for a deep nesting overflows the stack, and would write numbers and spaces anew.
import type { Redact } from "./redact.ts";

/** The same JSON text without secrets in its strings and names. A text that is no JSON is redacted as it stands. */
export function redactJson(text: string, redact: Redact): string {
  // Nothing in the text as it stands: only what is escaped can still hide something.
  const isClean = redact(text) === text;
  const pieces: string[] = [];
  const names = new Map<string, number>();
  let from = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', from)) {
    const end = findEnd(text, at);
    const literal = text.slice(at, end);
    const between = text.slice(from, at);
    if (isClean && !literal.includes("\\")) pieces.push(between, literal);
    else pieces.push(redact(between), redactLiteral(literal, redact, isName(text, end) ? names : undefined));
    from = end;
  }
  // What stands outside of strings is looked at too, should it be no JSON.
  return pieces.join("") + redact(text.slice(from));
}

// Gives the place behind the closing quote.
function findEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text[at - 1 - escapes] === "\\") escapes += 1;
    if (escapes % 2 === 0) return at + 1;
  }
  return text.length;
}

function isName(text: string, end: number): boolean {
  let at = end;
  while (/\s/.test(text[at] ?? "")) at += 1;
  return text[at] === ":";
}

// Two names must not become one: a reader of JSON keeps the last of two alike.
function redactLiteral(literal: string, redact: Redact, names: Map<string, number> | undefined): string {
  const value = parse(literal);
  if (value === undefined) return redact(literal);
  const clean = redact(value);
  if (clean === value) return literal;
  const times = (names?.get(clean) ?? 0) + 1;
  names?.set(clean, times);
  return JSON.stringify(times > 1 ? `${clean} (${times})` : clean);
}

function parse(literal: string): string | undefined {
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
