// What became of the findings of an earlier review.
import { findQuote } from "./evidence/find-quote.ts";
import type { FlatText } from "./evidence/flat-text.ts";
import { readQuote } from "./evidence/quotes.ts";
import { createTexts } from "./evidence/reviewed-texts.ts";
import type { Finding } from "./finding.ts";
import type { ReviewMaterial } from "./target.ts";

/** An earlier finding now. */
export interface OldFinding<One extends Finding> {
  readonly finding: One;
  /**
   * `settled`: the lines that it quotes changed or are gone; of a finding about a removal, they are back. `open`: they still stand as they did.
   * `unknown`: nobody can tell by the lines.
   */
  readonly state: "settled" | "open" | "unknown";
  /** A clause that fits after "because". */
  readonly why: string;
}

type Judgement = Omit<OldFinding<Finding>, "finding">;

type Looked = Pick<ReviewMaterial, "files" | "readReviewed" | "leftOut" | "within" | "state">;

/** Judges earlier findings by the reviewed state now. By rule: whether the change is right is for a review to say. Never rejects. */
export async function judgeOldFindings<One extends Finding>(
  findings: readonly One[],
  material: Looked,
): Promise<OldFinding<One>[]> {
  const { readNew: read } = createTexts({ ...material, readBefore: async () => undefined });
  const judged: OldFinding<One>[] = [];
  for (const finding of findings) judged.push({ finding, ...(await judge(finding, material, read)) });
  return judged;
}

async function judge(
  finding: Finding,
  material: Looked,
  read: (path: string) => Promise<FlatText | undefined>,
): Promise<Judgement> {
  const { file, evidence, isVerified } = finding;
  if (!isVerified || file === undefined || evidence === undefined) return unknown("its evidence was not verified");
  const path = material.files.find(({ from }) => from === file)?.path ?? file;
  if (isUnread(path, material)) return unknown("its file was not read");
  try {
    const text = await read(path);
    // Files that were named say nothing of others.
    if (text === undefined && material.state.kind === "contents") return unknown("its file was not read");
    return finding.isAboutRemoval === true ? judgeRemoval(evidence, text) : judgeLines(finding, evidence, text);
  } catch {
    return unknown("its file could not be read");
  }
}

function judgeLines({ startLine, endLine }: Finding, evidence: string, text: FlatText | undefined): Judgement {
  if (text === undefined) return { state: "settled", why: "its file is gone" };
  const told = startLine === undefined ? undefined : { start: startLine, end: endLine ?? startLine };
  const { kind } = findQuote(text, readQuote(evidence, "new"), told);
  if (kind === "missing") return { state: "settled", why: "the lines that it quotes changed or are gone" };
  if (kind === "weak") return unknown("its quote is too short to be found again");
  return { state: "open", why: "the lines that it quotes still stand" };
}

function judgeRemoval(evidence: string, text: FlatText | undefined): Judgement {
  const search = text === undefined ? undefined : findQuote(text, readQuote(evidence, "old"), undefined);
  if (search?.kind === "weak") return unknown("its quote is too short to be found again");
  return search === undefined || search.kind === "missing"
    ? { state: "open", why: "the lines that were removed are not back" }
    : { state: "settled", why: "the lines that had been removed are back" };
}

// What is left out, or stands in a repository within this one, is there though it cannot be read.
function isUnread(path: string, { leftOut, within }: Looked): boolean {
  if (leftOut.some((one) => one.path === path || one.from === path)) return true;
  return within.some((folder) => path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`));
}

const unknown = (why: string): Judgement => ({ state: "unknown", why });
