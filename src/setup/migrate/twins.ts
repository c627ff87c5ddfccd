// Registrations that come to the same bridge: Claude Code starts each, and shows the model every tool as often.
import { isRecord } from "../../domain/guards.ts";
import { toShellWords } from "../../domain/shell-words.ts";
import type { Candidate } from "./candidates.ts";
import type { Draft } from "./draft.ts";
import type { Finding } from "./report.ts";
import { isNear } from "./target.ts";

/** A note for each registration that is the same bridge as an earlier one which holds in the same place; which of them is to go is the user's choice. */
export function findTwins(candidates: readonly Candidate[]): { readonly draft: Draft; readonly finding: Finding }[] {
  const ours = candidates.filter(({ plan, edit }) => plan.kind === "already" || edit !== undefined);
  return ours.flatMap((candidate, at) => {
    const { draft, entry } = candidate;
    // Of one name Claude Code takes only one.
    const first = ours.slice(0, at).find((other) => other.entry.name !== entry.name && isTwin(other, candidate));
    if (first === undefined) return [];
    const command = toShellWords(["claude", "mcp", "remove", entry.name]);
    const text = `${entry.name}: the same bridge as ${first.entry.name}, so every tool is there twice. Keep one of them: ${command}`;
    return [{ draft, finding: { kind: "note", text } }];
  });
}

function isTwin(one: Candidate, other: Candidate): boolean {
  return isNear(one.entry.reach, other.entry.reach) && toLaunch(one) === toLaunch(other);
}

// What is started, and with what.
function toLaunch({ plan, entry }: Candidate): string {
  if (plan.kind === "replace") return JSON.stringify([plan.command, plan.args, sort(plan.env)]);
  const value = isRecord(entry.value) ? entry.value : {};
  return JSON.stringify([value["command"], value["args"] ?? [], sort(isRecord(value["env"]) ? value["env"] : {})]);
}

function sort(env: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1));
}
