// The rules that are added to lists, each once.
import { isRuleFor } from "../../../clients/claude-code/permission-rules.ts";
import type { Edit } from "../edit/edit.ts";
import { isNear } from "../find/entries.ts";
import type { Finding } from "../report.ts";
import { findObstacle } from "../write/draft.ts";
import type { RuleList } from "./rule-lists.ts";
import type { WantedRule } from "./rules.ts";

/** A rule, and the file that it is in or will be in. */
export interface PlacedRule {
  readonly rule: string;
  readonly file: string;
}

/** Collects the rules that are added, as edits of the drafts that the lists are in. */
export class Additions {
  readonly #added = new Map<RuleList, WantedRule[]>();

  /** Adds rules behind the last one of a list. Gives the number of those that were not added before. */
  add(list: RuleList, wanted: readonly WantedRule[], prefix: string): number {
    const before = this.#added.get(list) ?? [];
    const names = new Set(before.map(({ rule }) => rule));
    const fresh = wanted.filter(({ rule }) => !names.has(rule) && names.add(rule));
    list.draft.edits.push(...toEdits(list, fresh, prefix, before.length));
    const place = list.path.join(".");
    const findings = fresh.map(({ rule, beside }): Finding => {
      return { kind: "change", text: `rule ${rule} added to ${place}, beside ${beside}` };
    });
    list.draft.findings.push(...findings);
    this.#added.set(list, [...before, ...fresh]);
    return fresh.length;
  }

  /** A rule of these lists, present or added, that denies or asks for a tool where `reach` holds; undefined where there is none. */
  findClosing(lists: readonly RuleList[], prefix: string, tool: string, reach: string): PlacedRule | undefined {
    for (const list of lists.filter((other) => other.kind !== "allow" && isNear(other.reach, reach))) {
      const rules = [...list.rules, ...(this.#added.get(list) ?? []).map((wanted) => wanted.rule)];
      const rule = rules.find((text) => isRuleFor(text, prefix, tool));
      if (rule !== undefined) return { rule, file: list.draft.name };
    }
    return undefined;
  }
}

/** Why rules cannot be added to a list, in words that follow its file's path; undefined where they can. */
export function findListObstacle(list: RuleList, wanted: readonly WantedRule[], prefix: string): string | undefined {
  if (wanted.length === 0 || list.isSound) return undefined;
  return findObstacle(list.draft, toEdits(list, wanted, prefix, 0));
}

/** Reports something of a list's file, once: two servers of one name have the same rules. */
export function report({ draft: { findings } }: RuleList, kind: Finding["kind"], text: string): void {
  if (!findings.some((known) => known.text === text)) findings.push({ kind, text });
}

function toEdits(list: RuleList, wanted: readonly WantedRule[], prefix: string, offset: number): Edit[] {
  const { path, reach, kind, size } = list;
  return wanted.map(({ rule, beside }, at) => ({
    kind: "rule",
    prefix,
    reach,
    isClosing: kind !== "allow",
    beside,
    changes: [{ path: [...path, size + offset + at], after: rule }],
  }));
}
