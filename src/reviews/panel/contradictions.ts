// Where the reviewers of a panel say different things of the same lines, for a person to decide.
import { SEVERITIES } from "../finding.ts";
import { isSamePlace } from "../same-matter.ts";
import type { PanelFinding, Told } from "./merge-panel.ts";

/** What two or more reviewers say of the same lines. */
export interface Contradiction {
  /** `severity`: they agree on the matter and weigh it at least two steps apart. `matter`: they find different things wrong with the same lines. */
  readonly kind: "severity" | "matter";
  readonly says: readonly Told[];
}

/** Steps between two severities that one matter cannot have. */
const APART = 2;

/** Finds them, in the order of the findings. */
export function findContradictions(findings: readonly PanelFinding[]): Contradiction[] {
  return findings.flatMap((finding, at) => [
    ...(areApart(finding.from) ? [{ kind: "severity" as const, says: finding.from }] : []),
    ...findings
      .slice(at + 1)
      .filter((other) => isOther(finding, other))
      .map((other) => ({ kind: "matter" as const, says: [...finding.from, ...other.from] })),
  ]);
}

function areApart(told: readonly Told[]): boolean {
  const places = told.map(({ severity }) => SEVERITIES.indexOf(severity));
  return Math.max(...places) - Math.min(...places) >= APART;
}

// A reviewer that has both does not contradict itself.
function isOther(one: PanelFinding, two: PanelFinding): boolean {
  return isSamePlace(one, two) && !one.agreedBy.some((agent) => two.agreedBy.includes(agent));
}
