// Why a quote does not count, in words.
import type { ReviewedFile } from "../target.ts";
import { findQuote, type QuoteSearch } from "./find-quote.ts";
import type { Lines } from "./flat-text.ts";
import { readQuote } from "./quotes.ts";
import type { EvidenceMaterial, ReviewedTexts } from "./reviewed-texts.ts";

/** A quote that was looked for. */
export interface LookedFor {
  readonly evidence: string;
  readonly file: ReviewedFile;
  /** The lines that the finding names. */
  readonly told: Lines | undefined;
}

/** Lines for people. */
export const toWords = ({ start, end }: Lines): string => (start === end ? `line ${start}` : `lines ${start}-${end}`);

/** Says why a search that found no place failed. Never rejects. */
export async function explainSearch(
  found: QuoteSearch,
  { evidence, file, told }: LookedFor,
  material: EvidenceMaterial,
  texts: ReviewedTexts,
): Promise<string> {
  if (found.kind === "weak") return "its quote is too short to prove anything";
  if (found.kind === "several") {
    const shown = `${found.lines.slice(0, 3).join(", ")}${found.lines.length > 3 ? ", …" : ""}`;
    const places = `its quote stands at ${found.lines.length} places (lines ${shown})`;
    return told === undefined ? `${places}, and no line is given` : `${places}, none of them near ${toWords(told)}`;
  }
  const other = await findElsewhere(file, evidence, material, texts);
  return other === undefined
    ? "what it quotes does not stand in the file"
    : `what it quotes stands in ${other}, not in its file`;
}

/** Files that are searched for a quote that is not in its own. */
const MOST_OTHERS = 30;

async function findElsewhere(
  own: ReviewedFile,
  evidence: string,
  { files }: EvidenceMaterial,
  texts: ReviewedTexts,
): Promise<string | undefined> {
  const quotes = readQuote(evidence, "new");
  for (const { path, kind } of files.slice(0, MOST_OTHERS)) {
    if (path === own.path || kind === "delete") continue;
    const text = await texts.readNew(path).catch(() => undefined);
    const found = text === undefined ? undefined : findQuote(text, quotes, undefined);
    if (found?.kind === "found") return `${path}:${found.lines.start}`;
  }
  return undefined;
}
