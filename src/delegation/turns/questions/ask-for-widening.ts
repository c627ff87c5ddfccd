// Asks a person whether a reply may have a wider sandbox than its thread.
import { type AgentNames, CODEX } from "../../../domain/agents.ts";
import { cutText } from "../../../domain/cut-text.ts";
import { BridgeError } from "../../../domain/errors.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { SandboxPolicy } from "../../../domain/sandbox.ts";
import type { ThreadRecord } from "../../../domain/thread.ts";
import type { CallContext } from "../../requests.ts";
import type { Consent, Widening } from "../../threads/widening.ts";
import type { ReadDepth } from "../depth.ts";
import { quoteText } from "./quoted-text.ts";

/** What the person is asked about. */
export interface WideningQuestion {
  readonly widening: Widening;
  readonly record: ThreadRecord;
  readonly prompt: string;
}

const CHOICES = [
  { id: "no", title: "Do not allow" },
  { id: "turn", title: "Allow for this turn" },
  { id: "thread", title: "Allow for the rest of the thread" },
] as const;

const TITLE_CHARACTERS = 100;
const PROMPT_CHARACTERS = 300;
const MOST_PLACES = 4;
const PATH_CHARACTERS = 100;

/** Asks. undefined if nobody can be asked. Throws APPROVAL_DENIED for a no, SANDBOX_WIDENING without an answer, and CANCELLED if the call was cancelled. */
export async function askForWidening(
  { widening, record, prompt }: WideningQuestion,
  call: CallContext,
  {
    agent,
    questionMs,
    readDepth,
    redact,
  }: {
    readonly agent: AgentNames;
    readonly questionMs: number;
    readonly readDepth: ReadDepth;
    readonly redact: Redact;
  },
): Promise<Consent | undefined> {
  const { askUser, report, signal, caller } = call;
  // Below another agent, nobody knows who answers a form.
  if (askUser === undefined || readDepth(call).depth > 0) return undefined;
  const { from, to } = widening;
  const message = [
    `${caller === undefined ? "Claude" : CODEX.name} asks to let ${agent.name} work with ${to.mode} instead of ${from.mode} in a thread.`,
    `${agent.name} could then ${describeReach(to, record.frame.cwd)}.`,
    ...quoteText("Prompt", prompt, PROMPT_CHARACTERS, redact),
    ...(record.title === undefined ? [] : quoteText("Thread", record.title, TITLE_CHARACTERS, redact)),
  ].join("\n");
  report("Waiting for the user to allow a wider sandbox");
  const answer = await askUser({ message, choices: CHOICES, timeoutMs: questionMs }, signal);
  if (signal.aborted) throw new BridgeError("CANCELLED", "The call was cancelled while the user was asked.");
  const chosen = answer.kind === "chosen" ? CHOICES.find(({ id }) => id === answer.id)?.id : undefined;
  if (chosen === "turn" || chosen === "thread") return { ...widening, scope: chosen };
  if (chosen === "no" || answer.kind === "declined") throw toDenied(widening);
  throw new BridgeError(
    "SANDBOX_WIDENING",
    `The thread runs with sandbox ${from.mode}. The user was asked to widen it to ${to.mode}, but closed the form or did not answer in time.`,
  );
}

function toDenied({ from, to }: Widening): BridgeError {
  return new BridgeError("APPROVAL_DENIED", `The user did not allow sandbox ${to.mode} for this thread.`, {
    nextStep: `Continue within ${from.mode}. Start no other thread with a wider sandbox for this, unless the user asks for it.`,
  });
}

function describeReach({ mode, writableRoots, networkAccess, excludeSlashTmp }: SandboxPolicy, cwd: string): string {
  if (mode === "danger-full-access") return "do whatever you can do, without a sandbox";
  const places = [cwd, ...writableRoots, ...(excludeSlashTmp ? [] : ["/tmp"])];
  const named = places.slice(0, MOST_PLACES).map((path) => JSON.stringify(cutText(path, PATH_CHARACTERS)));
  const more = places.length > MOST_PLACES ? ` and ${places.length - MOST_PLACES} more places` : "";
  return `write in ${named.join(", ")}${more}${networkAccess ? ", and use the network" : ""}`;
}
