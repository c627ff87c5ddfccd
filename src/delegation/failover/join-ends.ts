// The end of a task that several agents had, or that one had who was to be spared.
import { amendError, type ErrorReport } from "../../domain/errors.ts";
import type { TurnAnswer, TurnEnd } from "../requests.ts";
import { isHeldBack } from "../turns/hold-back.ts";
import type { FailedEnd, HandOver } from "./hand-over.ts";

/** Whose ends they are. */
export interface Joining {
  readonly names: readonly [from: string, to: string];
  readonly handOvers: readonly HandOver[];
}

/** Both ends as one. The receipts of the first one count too, unless they are undone: what it changed is there. */
export function joinEnds(first: FailedEnd, second: TurnEnd, { names: [from, to], handOvers }: Joining): TurnEnd {
  // The call was cancelled before the next agent began. What the first one changed is there all the same.
  if (second.kind === "refused") {
    return { ...second, error: amendError(second.error, { details: { failover: handOvers } }) };
  }
  const answer = addEarlier(first, second.answer);
  if (second.kind === "completed") {
    const told = isHeldBack(first.error)
      ? `${first.error.message} So ${to} did the task.`
      : `${from} did not finish the task (${first.error.code}), so ${to} did it in a thread of its own.`;
    return { ...second, answer: { ...answer, warnings: [told, ...answer.warnings] } };
  }
  const message = isHeldBack(first.error)
    ? `${second.error.message} ${first.error.message}`
    : `${second.error.message} ${from} had failed at the task before (${first.error.code}).`;
  const error = amendError({ ...second.error, message }, { details: { failover: handOvers } });
  return { ...second, answer, error };
}

/** The end of an agent that did the task after all, with the reason for which it was to be spared. */
export function tellSpared(end: TurnEnd, spared: ErrorReport, name: string): TurnEnd {
  if (end.kind !== "completed") return end;
  const told = `${spared.message} So ${name} did the task all the same.`;
  return { ...end, answer: { ...end.answer, warnings: [told, ...end.answer.warnings] } };
}

function addEarlier(first: FailedEnd, second: TurnAnswer): TurnAnswer {
  if (first.kind === "refused") return second;
  const { receipt, diffStat, earlierReceipts = [], changes } = first.answer;
  const own = receipt === undefined || changes.length === 0 ? [] : [{ id: receipt, diffStat }];
  const all = [...earlierReceipts, ...own, ...(second.earlierReceipts ?? [])];
  return all.length === 0 ? second : { ...second, earlierReceipts: all };
}
