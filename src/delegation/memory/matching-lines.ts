// The lines of an entry that a search has found, so that a model can tell whether it wants the whole.

const MOST_LINE = 240;

/** Up to `most` lines with the most of the terms, in their order; the first lines where none has any. */
export function pickLines(text: string, terms: readonly string[], most = 3): string[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const wanted = terms.map(fold).filter((term) => term !== "");
  const scored = lines.map((line, at) => ({ line, at, score: countTerms(fold(line), wanted) }));
  const found = scored.filter(({ score }) => score > 0);
  const best = found.toSorted((one, other) => other.score - one.score || one.at - other.at);
  const picked = found.length === 0 ? scored.slice(0, 1) : best.slice(0, most);
  return picked.toSorted((one, other) => one.at - other.at).map(({ line }) => cutAround(line, wanted));
}

function countTerms(line: string, terms: readonly string[]): number {
  return terms.reduce((sum, term) => (line.includes(term) ? sum + 1 : sum), 0);
}

// Letters without their accents, as the index has them.
function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

// Around its first term. Folding may change a text's length, so the place is about right, which is enough.
function cutAround(line: string, terms: readonly string[]): string {
  if (line.length <= MOST_LINE) return line;
  const folded = fold(line);
  const places = terms.map((term) => folded.indexOf(term)).filter((at) => at >= 0);
  const first = Math.min(...(places.length === 0 ? [0] : places));
  const start = first < MOST_LINE / 2 ? 0 : Math.min(first - MOST_LINE / 4, line.length - MOST_LINE);
  const piece = line.slice(start, start + MOST_LINE).toWellFormed();
  return `${start > 0 ? "…" : ""}${piece}${start + MOST_LINE < line.length ? "…" : ""}`;
}
