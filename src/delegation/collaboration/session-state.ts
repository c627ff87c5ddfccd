// Where a session stands, and which steps are open: by rule, from its entries.
import { BridgeError } from "../../domain/errors.ts";
import type { MemoryEntry, MemoryKind } from "../../memory/memory-store.ts";
import { CAME_SECOND } from "../../memory/moved-on.ts";
import { SESSION_STATUSES, type SessionState, type SessionStatus, type SessionStep } from "./collaboration.ts";

/** The state that the entries of a session tell, the last stored first; undefined where none is a plan. */
export function toSessionState(sessionId: string, entries: readonly MemoryEntry[]): SessionState | undefined {
  const newest = (kind: MemoryKind): MemoryEntry | undefined => entries.find((entry) => entry.kind === kind);
  const plan = newest("plan");
  const [first] = entries;
  if (plan === undefined || first === undefined) return undefined;
  const stand = entries.find((entry) => entry.status !== undefined) ?? plan;
  const later = entries.slice(0, entries.indexOf(stand));
  const decisive = entries.find(({ status }) => isStatus(status)) ?? plan;
  const status = isStatus(decisive.status) ? decisive.status : "AWAITING_CODEX_REVIEW";
  return {
    ...{ sessionId, title: toSubject(plan), status, open: findOpen(status, decisive.kind), at: first.at, plan },
    ...{ review: newest("review"), implementation: newest("implementation"), validation: newest("validation") },
    ...{ stand: stand.id, cameSecond: later.filter(({ tags }) => tags.includes(CAME_SECOND)) },
  };
}

function isStatus(text: string | undefined): text is SessionStatus {
  return SESSION_STATUSES.some((status) => status === text);
}

// After a validation that asks for changes the plan stands: the work is mended.
function findOpen(status: SessionStatus, by: MemoryKind): readonly SessionStep[] {
  switch (status) {
    case "AWAITING_CODEX_REVIEW":
      return ["review", "plan"];
    case "CHANGES_REQUESTED":
      return by === "validation" ? ["implemented", "plan"] : ["plan"];
    case "READY_FOR_IMPLEMENTATION":
      return ["implemented", "plan"];
    case "READY_FOR_CODEX_VALIDATION":
      return ["validate", "implemented"];
    case "COMPLETE":
      return ["extract_pattern"];
  }
}

/** Throws STEP_OUT_OF_ORDER for a step that is not open. */
export function checkStep(step: SessionStep, { sessionId, status, open }: SessionState): void {
  if (open.includes(step)) return;
  throw new BridgeError("STEP_OUT_OF_ORDER", `${sessionId} is ${status}, so ${step} cannot come now.`, {
    nextStep: `Open are: ${open.join(", ")}.${status === "COMPLETE" ? " A further change is a session of its own, which a plan without a session id begins." : ""}`,
  });
}

const PREFIX = /^\[[^\]]*\] [A-Z ]+: /;

/** What an entry is about, without the words before it that say what it is. */
export function toSubject({ title }: Pick<MemoryEntry, "title">): string {
  return title.replace(PREFIX, "");
}
