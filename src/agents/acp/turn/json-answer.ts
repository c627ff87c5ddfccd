/** The JSON of an answer, without the fence that models put around it; undefined if there is none. */
export function toJsonAnswer(text: string): string | undefined {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text;
  try {
    JSON.parse(fenced);
    return fenced.trim();
  } catch {
    return undefined;
  }
}
