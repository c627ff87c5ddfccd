// Collects the rules to add to lists, each once.
import { isRuleFor } from "../../../clients/claude-code/permission-rules.ts";
import type { Finding } from "../../files/report.ts";
import type { Edit } from "../edit/edit.ts";
import { isNear } from "../find/entries.ts";
import { findObstacle } from "../write/draft.ts";
import type { RuleList } from "./rule-lists.ts";
import type { WantedRule } from "./rules.ts";

/** A rule and its file. */
export interface PlacedRule {
  readonly rule: string;
  readonly file: string;
}

/** Collects rules to add, as edits of the drafts of their lists. */
export class Additions {
  readonly #added = new Map<RuleList, WantedRule[]>();

  /** Adds rules at the end of a list, except those that it added before. Returns how many are new. */
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

  /** Finds a rule in these lists, present or added, that denies or asks for a tool within `reach`; undefined if there is none. */
  findClosing(lists: readonly RuleList[], prefix: string, tool: string, reach: string): PlacedRule | undefined {
    for (const list of lists.filter((other) => other.kind !== "allow" && isNear(other.reach, reach))) {
      const rules = [...list.rules, ...(this.#added.get(list) ?? []).map((wanted) => wanted.rule)];
      const rule = rules.find((text) => isRuleFor(text, prefix, tool));
      if (rule !== undefined) return { rule, file: list.draft.name };
    }
    return undefined;
  }
}

/** Returns why rules cannot be added to a list, worded to follow its file's path; undefined if they can. */
export function findListObstacle(list: RuleList, wanted: readonly WantedRule[], prefix: string): string | undefined {
  if (wanted.length === 0 || list.isSound) return undefined;
  return findObstacle(list.draft, toEdits(list, wanted, prefix, 0));
}

/** Reports a finding for a list's file, only once: two servers of one name share their rules. */
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
