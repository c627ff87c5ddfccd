// The step of a turn that may write: others that write in the same folders at the same time are told, and told of.
import { toPrintableLine } from "../../../domain/printable.ts";
import type { ThreadFrame } from "../../../domain/thread.ts";
import { findOwnRepository } from "../../../receipts/snapshots/repository.ts";
import type { OtherTurn, WritingTurns } from "../../../state/writing-turns.ts";
import { addWarnings, type Turn, type TurnStep } from "../turn-steps.ts";

/** Options of the step. */
export interface WritingOptions {
  readonly writing: WritingTurns;
  /** The user's home folder. */
  readonly home: string;
}

/** Warns of turns that write in the same folders, those that began earlier also as progress. */
export function noteWriting({ writing, home }: WritingOptions): TurnStep {
  return (next) => async (turn) => {
    const { frame } = turn.thread;
    if (frame.sandbox.mode === "read-only") return next(turn);
    const running = writing.begin({ areas: toAreas(frame, home), what: describeTurn(turn) });
    const readNeighbours = (): string[] => describeOthers(running.findMet());
    try {
      for (const line of readNeighbours()) turn.call.report(line);
      const outcome = await next({ ...turn, readNeighbours });
      return addWarnings(outcome, { after: readNeighbours() });
    } finally {
      running.end();
    }
  };
}

/** Folders that a turn may change, or whose changes are taken for its own. */
export function toAreas({ cwd, sandbox }: Pick<ThreadFrame, "cwd" | "sandbox">, home: string): string[] {
  const roots = sandbox.mode === "workspace-write" ? sandbox.writableRoots : [];
  return [findOwnRepository(cwd, home)?.top ?? cwd, ...roots];
}

function describeTurn({ thread: { title }, request: { threadId } }: Turn): string {
  const words = title === undefined ? "a turn" : JSON.stringify(title);
  return threadId === undefined ? words : `${words} (thread ${threadId})`;
}

const MOST_NAMED = 3;

function describeOthers(others: readonly OtherTurn[]): string[] {
  if (others.length === 0) return [];
  const more = others.length > MOST_NAMED ? `, and ${others.length - MOST_NAMED} more` : "";
  return [
    `Others may write in the same directory at the same time: ${nameTurns(others)}${more}. The lists of changes of each may have changes of the others. \`isolation: "worktree"\` keeps turns apart.`,
  ];
}

/** Names turns, and the bridges that run them. */
export function nameTurns(turns: readonly OtherTurn[]): string {
  const names = turns.slice(0, MOST_NAMED).map(({ what, holder }) => {
    const where = holder === undefined ? "in this session" : `in another session, pid ${holder.pid} in ${holder.cwd}`;
    return toPrintableLine(`${what}, ${where}`);
  });
  return names.join("; ");
}
