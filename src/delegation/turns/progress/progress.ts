// Words the events of a turn for people. Secrets are removed before a text is cut: half a secret would not be recognised.
import type { Clock } from "../../../domain/clock.ts";
import { cutText } from "../../../domain/cut-text.ts";
import { amendError, type ErrorReport } from "../../../domain/errors.ts";
import { assertNever } from "../../../domain/guards.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { ThreadFrame } from "../../../domain/thread.ts";
import type { TurnOutcome } from "../../../domain/turn.ts";
import type { TurnEvent } from "../../../domain/turn-events.ts";
import { describeItem } from "./item-words.ts";

/** The turn, and how to speak of it. */
export interface TurnWords {
  /** Name of the agent in sentences. */
  readonly agent: string;
  readonly frame: ThreadFrame;
  readonly redact: Redact;
  /** Whether a person can be asked to widen the thread's sandbox. */
  readonly canWiden: boolean;
}

/** Reports the progress of one turn. */
export interface TurnProgress {
  tell(event: TurnEvent): void;
  /** The outcome with what was seen last, where the turn was ended because its time was up. */
  addLastSeen(outcome: TurnOutcome): TurnOutcome;
}

/** At most one change of a running item is told in this time, in ms: a command may print thousands of lines a second. */
const CHANGE_MS = 500;

/** Begins to report. `report` gets one line at a time. */
export function createTurnProgress(
  words: TurnWords & { readonly clock: Clock; readonly report: (line: string) => void },
): TurnProgress {
  const { agent, clock, report } = words;
  const startedAt = new Map<string, number>();
  let changedAt = Number.NEGATIVE_INFINITY;
  let lastSeen = "nothing";
  report(`Starting ${agent}`);

  function describeItemEvent({ phase, id, item }: ItemEvent): string | undefined {
    const now = clock();
    // The clock may be set back.
    if (phase === "changed" && Math.abs(now - changedAt) < CHANGE_MS) return undefined;
    if (phase === "changed") changedAt = now;
    if (phase === "started") startedAt.set(id, now);
    const began = startedAt.get(id);
    if (phase === "finished") startedAt.delete(id);
    const forMs = began === undefined ? undefined : Math.max(0, now - began);
    return describeItem(item, { agent, cwd: words.frame.cwd, redact: words.redact, phase, forMs });
  }

  return {
    tell: (event) => {
      if (event.kind === "quiet") report(describeQuiet(agent, event.forMs, lastSeen));
      else if (event.kind === "refused") for (const line of describeRefused(event.commands, words)) report(line);
      else {
        const text = event.kind === "item" ? describeItemEvent(event) : describeEvent(event, agent);
        if (text === undefined) return;
        lastSeen = toLine(text, words.redact);
        report(lastSeen);
      }
    },
    addLastSeen: (outcome) => {
      if (outcome.kind !== "failed" || outcome.isTimeUp !== true) return outcome;
      return { ...outcome, error: addLastSeen(outcome.error, lastSeen) };
    },
  };
}

type ItemEvent = Extract<TurnEvent, { readonly kind: "item" }>;
type OtherEvent = Exclude<TurnEvent, { readonly kind: "quiet" | "refused" | "item" }>;

// undefined for an event that is not reported.
function describeEvent(event: OtherEvent, agent: string): string | undefined {
  switch (event.kind) {
    case "begun":
      return `${agent} is thinking`;
    case "notice":
      return `${agent}: ${event.text}`;
    case "thread":
    case "usage":
    case "rules":
      return undefined;
    default:
      return assertNever(event);
  }
}

const QUIET = "Nothing new from";

/** The line of a job whose record has not changed, nor been renewed, for a while though its bridge lives. */
export function describeSilentBridge(forMs: number, last: string | undefined): string {
  const seen = last === undefined ? "" : `; last: ${last}`;
  return `${QUIET} its bridge for ${Math.round(forMs / 1_000)} s: it is suspended, or cannot write to the state folder${seen}`;
}

/** Whether a line of progress says that nothing has come from the agent for a while. */
export function isQuietLine(line: string): boolean {
  return line.startsWith(QUIET);
}

function describeQuiet(agent: string, forMs: number, lastSeen: string): string {
  return `${QUIET} ${agent} for ${Math.round(forMs / 1_000)} s, its process is alive; last: ${lastSeen}`;
}

// The agent's own words follow. If the error is what the agent was waiting for, its text already says so.
function addLastSeen(error: ErrorReport, lastSeen: string): ErrorReport {
  const isTimeout = error.code === "TURN_TIMED_OUT" || error.code === "TURN_STALLED";
  const said = error.agentText === undefined ? "" : `\n${error.agentText}`;
  const agentText = isTimeout ? `Last seen: ${lastSeen}${said}` : error.agentText;
  return amendError(error, { agentText, details: { lastSeen } });
}

const MOST_NAMED = 3;
const COMMAND_CHARACTERS = 80;

/** One line about the commands that the sandbox refused; empty if there are none. `count` is their number where not all are named. */
export function describeRefused(
  commands: readonly string[],
  { agent, frame, redact, canWiden }: TurnWords,
  count = commands.length,
): string[] {
  if (commands.length === 0) return [];
  const named = commands
    .slice(0, MOST_NAMED)
    .map((command) => cutText(redact(command.slice(0, 10 * COMMAND_CHARACTERS)), COMMAND_CHARACTERS))
    .map((command) => command.replace(/\s+/g, " "));
  const more = count > named.length ? ` and ${count - named.length} more` : "";
  const isReadOnly = frame.sandbox.mode === "read-only" && frame.permissions?.name === undefined;
  const way = canWiden ? "continue the thread" : "start a new thread";
  const step = isReadOnly ? `. To let ${agent} write, ${way} with sandbox "workspace-write"` : "";
  const end = isReadOnly ? (canWiden ? ": the user is asked then." : ".") : "";
  return [`${count} refused by the sandbox: ${named.join("; ")}${more}${step}${end}`];
}

/** A message can be megabytes long, so only one line of it is reported. */
const READ_CHARACTERS = 20_000;
const LINE_CHARACTERS = 300;

function toLine(text: string, redact: Redact): string {
  return cutText(redact(text.slice(0, READ_CHARACTERS)), LINE_CHARACTERS)
    .replace(/\s+/g, " ")
    .trim();
}
