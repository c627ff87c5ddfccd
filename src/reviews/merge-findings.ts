// One list of what several passes found.
import { toFlatLines } from "./evidence/flat-text.ts";
import type { CheckedFinding, Finding } from "./finding.ts";
import { orderFindings } from "./verdict.ts";

/** Lines between two findings about the same matter. */
const NEAR_LINES = 3;
/** Share of their words that two titles have in common. */
const LIKE_TITLES = 0.6;
/** The same where both quote the same lines. */
const LIKE_TITLES_OF_ONE_QUOTE = 0.3;

/**
 * Puts the findings of all passes into one list, in order and numbered. Two become one if they are of different passes, name the same file, lines at
 * most three apart, and titles with most words in common, and if not both quote lines that were found and differ. In doubt both stay. The one that
 * comes first in the order is kept, and has the others in `merged`.
 */
export function mergeFindings(passes: readonly (readonly CheckedFinding[])[]): Finding[] {
  const groups: { readonly main: CheckedFinding; readonly merged: CheckedFinding[]; readonly passes: Set<number> }[] =
    [];
  const all = passes.flatMap((findings, pass) => findings.map((finding) => ({ ...finding, pass })));
  for (const { pass, ...finding } of orderFindings(all)) {
    const group = groups.find(({ main, passes }) => !passes.has(pass) && isSame(main, finding));
    if (group === undefined) groups.push({ main: finding, merged: [], passes: new Set([pass]) });
    else {
      group.merged.push(finding);
      group.passes.add(pass);
    }
  }
  return groups.map(({ main, merged }, index) => {
    // One that was merged before brings its own along.
    const all = [...(main.merged ?? []), ...merged.flatMap(({ merged = [], ...one }) => [one, ...merged])];
    return { ...main, id: `F${index + 1}`, ...(all.length === 0 ? {} : { merged: all }) };
  });
}

function isSame(one: CheckedFinding, two: CheckedFinding): boolean {
  if (one.file !== two.file || (one.isAboutRemoval ?? false) !== (two.isAboutRemoval ?? false)) return false;
  if (!areNear(one, two)) return false;
  const isOneQuote = isSameQuote(one, two);
  // Each stands on lines of its own: like words about two calls are two defects.
  if (one.isVerified && two.isVerified && !isOneQuote) return false;
  return compareWords(one.title, two.title) >= (isOneQuote ? LIKE_TITLES_OF_ONE_QUOTE : LIKE_TITLES);
}

function areNear(one: CheckedFinding, two: CheckedFinding): boolean {
  if (one.startLine === undefined || two.startLine === undefined) return one.startLine === two.startLine;
  const [end, otherEnd] = [one.endLine ?? one.startLine, two.endLine ?? two.startLine];
  return one.startLine - otherEnd <= NEAR_LINES && two.startLine - end <= NEAR_LINES;
}

function isSameQuote({ evidence }: CheckedFinding, other: CheckedFinding): boolean {
  if (evidence === undefined || other.evidence === undefined) return false;
  return toFlatLines(evidence).join(" ").trim() === toFlatLines(other.evidence).join(" ").trim();
}

/** Words that say nothing of the matter. */
const FILLERS = new Set([
  "a",
  "an",
  "the",
  "is",
  "are",
  "be",
  "of",
  "in",
  "on",
  "to",
  "for",
  "and",
  "or",
  "with",
  "by",
]);

function compareWords(one: string, two: string): number {
  const [first, second] = [toWords(one), toWords(two)];
  const all = new Set([...first, ...second]);
  const shared = [...first].filter((word) => second.has(word));
  return all.size === 0 ? 1 : shared.length / all.size;
}

// With the marks that turn a call into its opposite: `!==` is another matter than `===`.
function toWords(title: string): Set<string> {
  const words =
    title
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_"'`.,;:()]+/gu) ?? [];
  return new Set(words.filter((word) => !FILLERS.has(word)));
}
