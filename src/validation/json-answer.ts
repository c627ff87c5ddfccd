// Reads a text that is JSON, or JSON in a code fence: models like to wrap it.

const FENCE = /^```(?:json)?[ \t]*\r?\n/i;

/** The JSON within a text that is one code fence and nothing else; any other text as it is. */
export function unfence(text: string): string {
  const trimmed = text.trim();
  const start = FENCE.exec(trimmed)?.[0].length;
  const isFenced = start !== undefined && trimmed.length >= start + 3 && trimmed.endsWith("```");
  return isFenced ? trimmed.slice(start, -3) : text;
}
