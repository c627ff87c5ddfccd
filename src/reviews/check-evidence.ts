// Looks for what each finding quotes in what was reviewed. A model's word that something stands there is not believed.

import { listDeletedLines } from "./evidence/deleted-lines.ts";
import { explainSearch, type LookedFor, toWords } from "./evidence/explain-search.ts";
import { distance, findQuote, type QuoteSearch } from "./evidence/find-quote.ts";
import type { FlatText, Lines } from "./evidence/flat-text.ts";
import { readQuote, weigh } from "./evidence/quotes.ts";
import { resolvePath } from "./evidence/resolve-path.ts";
import { createTexts, type EvidenceMaterial, type ReviewedTexts } from "./evidence/reviewed-texts.ts";
import type { CheckedFinding, RawFinding } from "./finding.ts";
import type { ReviewedFile } from "./target.ts";

/**
 * Checks findings against the reviewed state. A finding is verified if the lines that it quotes stand at its lines, or at most five lines away, or
 * far away at one place only: then its lines are corrected. White space counts as one space, line breaks included. Lines that the change deletes count
 * if the finding is about a removal. Never rejects.
 */
export async function checkEvidence(
  findings: readonly RawFinding[],
  material: EvidenceMaterial,
): Promise<CheckedFinding[]> {
  const texts = createTexts(material);
  const checked: CheckedFinding[] = [];
  for (const finding of findings) checked.push(await checkOne(finding, material, texts));
  return checked;
}

async function checkOne(
  finding: RawFinding,
  material: EvidenceMaterial,
  texts: ReviewedTexts,
): Promise<CheckedFinding> {
  const found = findFile(finding.file, material);
  if (typeof found === "string") return { ...finding, isVerified: false, why: found };
  const placed = { ...finding, file: found.file.path };
  const { evidence } = finding;
  try {
    if (evidence === undefined) return { ...placed, ...(await searchSpans(finding, found.file, texts)) };
    return {
      ...placed,
      ...(await search({ finding, evidence, file: found.file, told: toTold(finding) }, material, texts)),
    };
  } catch {
    return { ...placed, isVerified: false, why: "its file could not be read" };
  }
}

const MISSING: QuoteSearch = { kind: "missing" };

type Judged = Pick<CheckedFinding, "isVerified"> & Partial<CheckedFinding>;

interface Looked extends LookedFor {
  readonly finding: RawFinding;
}

async function search(looked: Looked, material: EvidenceMaterial, texts: ReviewedTexts): Promise<Judged> {
  const { finding, evidence, file, told } = looked;
  const isGone = file.kind === "delete";
  // A word like "missing" may also be about what is there: then the new file counts first.
  const isSaid = finding.isAboutRemoval === true || isGone;
  const removed = isSaid ? await findDeleted(looked, texts) : undefined;
  if (removed !== undefined) return removed;
  const text = isGone ? undefined : await texts.readNew(file.path);
  const found = text === undefined ? MISSING : findQuote(text, readQuote(evidence, "new"), told);
  if (found.kind === "found") return { ...place(found.lines, told, text), isAboutRemoval: false };
  const deleted = isSaid ? undefined : await findDeleted(looked, texts);
  if (deleted !== undefined && REMOVAL.test(`${finding.title} ${finding.body}`)) return deleted;
  const why = deleted === undefined ? await explainSearch(found, looked, material, texts) : ONLY_REMOVED;
  return { isVerified: false, why };
}

// Codex's own reviews quote nothing apart, but name code in their words. That counts only at the lines themselves.
async function searchSpans(finding: RawFinding, file: ReviewedFile, texts: ReviewedTexts): Promise<Judged> {
  const told = toTold(finding);
  const text = told === undefined || file.kind === "delete" ? undefined : await texts.readNew(file.path);
  const spans = [...`${finding.title}\n${finding.body}`.matchAll(/`([^`\n]{1,300})`/g)].slice(0, MOST_SPANS);
  for (const [, span = ""] of text === undefined ? [] : spans) {
    const quotes = readQuote(span, "new").filter((quote) => weigh(quote) === "enough");
    const found = text === undefined ? MISSING : findQuote(text, quotes, told);
    const isThere = found.kind === "found" && told !== undefined && distance(found.lines, told) === 0;
    if (isThere) return { ...place(found.lines, told, text), evidence: span, isAboutRemoval: false };
  }
  return { isVerified: false, why: "it quotes no line" };
}

const MOST_SPANS = 20;

const ONLY_REMOVED = "its quote stands only in lines that the change removes, and the finding is not about a removal";

function toTold({ startLine, endLine }: RawFinding): Lines | undefined {
  return startLine === undefined ? undefined : { start: startLine, end: endLine ?? startLine };
}

// The file, or why there is none.
function findFile(
  told: string | undefined,
  { files, leftOut, top }: EvidenceMaterial,
): { file: ReviewedFile } | string {
  const [only] = files;
  if (told === undefined) {
    return files.length === 1 && only !== undefined ? { file: only } : "it names no file";
  }
  const paths = files.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]));
  const path = resolvePath(told, paths, top);
  const file =
    files.find((file) => file.path === path) ?? files.find(({ from }) => from !== undefined && from === path);
  if (file !== undefined) return { file };
  const isLeftOut =
    resolvePath(
      told,
      leftOut.map(({ path }) => path),
      top,
    ) !== undefined;
  return isLeftOut ? "its file was left out of the review" : "its file is not among the reviewed ones";
}

const REMOVAL = /\b(?:remov|delet|dropp|no longer|lost\b|gone\b|disappear|missing\b|gets? rid)/i;

type Placement = Pick<CheckedFinding, "startLine" | "endLine" | "isVerified" | "note">;

async function findDeleted(
  { file, evidence, told }: Looked,
  texts: ReviewedTexts,
): Promise<(Placement & { readonly isAboutRemoval: true }) | undefined> {
  const text = await texts.readOld(file.path);
  if (text === undefined) return undefined;
  const found = findQuote(text, readQuote(evidence, "old"), told);
  if (found.kind !== "found" || !isDeleted(found.lines, listDeletedLines(file.diff))) return undefined;
  const placed = place(found.lines, told, text);
  const notes = ["its lines count in the file before the change", ...(placed.note === undefined ? [] : [placed.note])];
  return { ...placed, note: notes.join("; "), isAboutRemoval: true };
}

function isDeleted({ start, end }: Lines, deleted: ReadonlySet<number>): boolean {
  for (let line = start; line <= end; line += 1) if (deleted.has(line)) return true;
  return false;
}

/** A finding may be about more lines than it quotes, but about a page at most. */
const MOST_AROUND = 60;

function place(lines: Lines, told: Lines | undefined, text: FlatText | undefined): Placement {
  const last = text?.numbers.at(-1) ?? lines.end;
  const isThere = told !== undefined && distance(lines, told) === 0;
  if (isThere && told.end - told.start <= MOST_AROUND) {
    return { startLine: told.start, endLine: Math.max(Math.min(told.end, last), told.start), isVerified: true };
  }
  const was = told === undefined ? "no line was given" : `not at ${toWords(told)}`;
  return {
    startLine: lines.start,
    endLine: lines.end,
    isVerified: true,
    note: isThere ? `narrowed to the quoted lines from ${toWords(told)}` : `it stands at ${toWords(lines)}; ${was}`,
  };
}
