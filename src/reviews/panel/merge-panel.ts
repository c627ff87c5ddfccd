// What several reviewers found, as one list that says who agrees. Each reviewer's own list stays as it is: merging loses words, never findings.
import type { Finding } from "../finding.ts";
import { isSameMatter, isSamePlace, isSameQuote, toWords } from "../same-matter.ts";
import { orderFindings } from "../verdict.ts";

/** A finding, and who has it in which list. */
export interface Told extends Finding {
  readonly agent: string;
}

/** A matter that at least one reviewer found. The words are those of the finding that comes first in the order of a review. */
export interface PanelFinding extends Omit<Finding, "merged"> {
  /** Reviewers that found it, in the order of the panel. */
  readonly agreedBy: readonly string[];
  /** The findings that it stands for, its own among them. */
  readonly from: readonly Told[];
}

/** What one reviewer found. `agent` names it. */
export interface PanelList {
  readonly agent: string;
  readonly findings: readonly Finding[];
}

/** Share of the words of the shorter text that the longer one has too. Two agents choose different words for one matter. */
const LIKE_TEXTS = 0.5;

/**
 * Merges the lists. Two findings of different reviewers become one if they are about the same matter, or if both quote the same lines and say it with
 * mostly the same words. In doubt both stay. Order: by the number of reviewers that agree, then as in a review.
 */
export function mergePanel(lists: readonly PanelList[]): PanelFinding[] {
  const groups: Told[][] = [];
  const all = lists.flatMap(({ agent, findings }) => findings.map((finding): Told => ({ ...finding, agent })));
  for (const finding of orderFindings(all)) {
    const group = groups.find((members) => members.every((one) => one.agent !== finding.agent && isSame(one, finding)));
    if (group === undefined) groups.push([finding]);
    else group.push(finding);
  }
  const agents = lists.map(({ agent }) => agent);
  return groups
    .map((from) => ({ from, agreedBy: agents.filter((agent) => from.some((one) => one.agent === agent)) }))
    .sort((one, two) => two.agreedBy.length - one.agreedBy.length)
    .flatMap(({ from, agreedBy }, at) => {
      const [first] = from;
      if (first === undefined) return [];
      const { merged, agent, ...main } = first;
      return [{ ...main, id: `F${at + 1}`, agreedBy, from }];
    });
}

function isSame(one: Told, two: Told): boolean {
  if (isSameMatter(one, two)) return true;
  if (!one.isVerified || !two.isVerified || !isSamePlace(one, two) || !isSameQuote(one, two)) return false;
  return shareWords(`${one.title} ${one.body}`, `${two.title} ${two.body}`) >= LIKE_TEXTS;
}

function shareWords(one: string, two: string): number {
  const [first, second] = [toWords(one), toWords(two)];
  const least = Math.min(first.size, second.size);
  return least === 0 ? 0 : [...first].filter((word) => second.has(word)).length / least;
}
