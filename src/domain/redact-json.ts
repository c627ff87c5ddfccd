// Redacts secrets in a JSON text: looks at its strings and names one by one, and keeps it JSON. The text is never parsed as a whole:
// deep nesting would overflow the stack, and numbers and spaces would be written anew.
import type { Redact } from "./redact.ts";

/** The same JSON text without secrets in its strings and names. A text that is not JSON is redacted as it is. */
export function redactJson(text: string, redact: Redact): string {
  // The text as it stands shows no secret; only escapes can still hide one.
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
  // Text outside of strings is redacted too, in case this is not JSON.
  return pieces.join("") + redact(text.slice(from));
}

// Gives the offset behind the closing quote.
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

// Two names must stay different: of two equal names, a JSON reader keeps only the last.
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
