// What another agent gets of a task that one could not do: the same task and limits, in a thread of its own, with what was changed already.
import { cutText } from "../../domain/cut-text.ts";
import { type ErrorReport, toBridgeError } from "../../domain/errors.ts";
import { READ_ONLY, type SandboxPolicy } from "../../domain/sandbox.ts";
import type { ApprovalPolicy, ThreadMessage } from "../../domain/thread.ts";
import type { Undone } from "../receipts/receipts.ts";
import type { ReplyRequest, StartRequest, TurnAnswer, TurnEnd } from "../requests.ts";
import { isHeldBack } from "../turns/hold-back.ts";
import { dropAsked } from "../turns/rebuild.ts";

/** An end that is not the wanted one. */
export type FailedEnd = Exclude<TurnEnd, { readonly kind: "completed" }>;

/** One hand-over, as the result tells it. */
export interface HandOver {
  /** The agents, by their ids. */
  readonly from: string;
  readonly to: string;
  /** Why, in a sentence. */
  readonly reason: string;
  /** When the usage limit is reset that stopped that agent, or for which it was passed over, ISO 8601. */
  readonly resetsAt?: string | undefined;
  /** Error code of the agent that could not do it. */
  readonly code: string;
  /** Thread of the agent that could not do it, where one was opened. */
  readonly threadId?: string | undefined;
  /** Receipt of what it changed. */
  readonly receipt?: string | undefined;
  /** Its proposal, where it worked in a worktree of its own. */
  readonly proposal?: string | undefined;
  /** Receipt of the undo of what it changed. */
  readonly undo?: string | undefined;
}

/** What the next agent is told and held to. */
export interface Handing {
  /** Name of the agent that could not do it, in sentences. */
  readonly name: string;
  readonly end: FailedEnd;
  /** What was taken back before; undefined where the changes stay. */
  readonly undone: Undone | undefined;
  /** Whether the next agent goes on from the changes. */
  readonly keepsWork: boolean;
  /** The conversation that the task goes on; undefined for a task that begins one. */
  readonly said?: Conversation | undefined;
}

/** What was said in a thread. */
export interface Conversation {
  /** Name of its agent, in sentences. */
  readonly name: string;
  /** The last of it, oldest first, without secrets. */
  readonly messages: readonly ThreadMessage[];
}

const WORDS_CHARACTERS = 2_000;
const REASON_CHARACTERS = 500;
const MOST_FILES = 30;

/**
 * The request for the next agent. Settings that only the first one knows (model, effort, profile, its own config) and the caller's name for the thread
 * stay with it.
 */
export function toHandedRequest(request: StartRequest, handing: Handing): StartRequest {
  const { end, keepsWork } = handing;
  const answer = end.kind === "refused" ? undefined : end.answer;
  const { prompt, images, commit, check, expect, outputFile, overwrite, outputSchema, timeoutMs } = request;
  const goesOn = keepsWork && answer?.proposal !== undefined;
  const within = answer?.sandbox ?? toAsked(request);
  return {
    ...{ images, commit, check, expect, outputFile, overwrite, outputSchema, timeoutMs },
    prompt: composeHanded(request, prompt, handing),
    handoff: request.handoff,
    // A call that begins an isolated thread names files of the user's tree, a reply those of its worktree.
    readsOrigin: goesOn && request.isolation !== undefined ? true : undefined,
    // The work of an isolated turn is in its worktree.
    cwd: goesOn ? answer.cwd : request.isolation === undefined ? (answer?.cwd ?? request.cwd) : request.cwd,
    isolation: goesOn ? undefined : request.isolation,
    sandboxWish: within.mode,
    within,
    approvalPolicy: toAskingPolicy(request, answer),
    readsOnly: request.readsOnly,
  };
}

// What the call has named stays, and so does what alone limits full access. Any other one is the user's own setting for that agent.
function toAskingPolicy({ approvalPolicy }: StartRequest, answer: TurnAnswer | undefined): ApprovalPolicy | undefined {
  const held = answer?.approvalPolicy;
  return approvalPolicy === undefined && held !== "untrusted" ? undefined : (held ?? approvalPolicy);
}

/** The request for the next agent where a thread of its own knows the conversation. That thread is not wider than the first agent's was. */
export function toElsewhereRequest(request: StartRequest, handing: Handing, threadId: string): ReplyRequest {
  const {
    cwd: _cwd,
    within,
    isolation: _isolation,
    approvalPolicy: _approvalPolicy,
    ...task
  } = toHandedRequest(request, { ...handing, said: undefined });
  return { ...task, sandboxWish: within?.mode, threadId, onLostThread: "rebuild" };
}

// Before its turn nothing is known of the first agent's sandbox but what was asked for.
function toAsked({ sandbox = "read-only" }: StartRequest): SandboxPolicy {
  return { ...READ_ONLY, mode: sandbox, excludeSlashTmp: true, excludeTmpdir: true };
}

function composeHanded(request: StartRequest, prompt: string, handing: Handing): string {
  const { developerInstructions: standing } = request;
  return [
    ...(standing === undefined ? [] : [`Standing instructions:\n${standing}\n`]),
    ...(handing.said === undefined ? [] : [retell(prompt, handing.said)]),
    prompt,
    `\n[Note of the bridge] ${describeFirst(handing)}`,
  ].join("\n");
}

/** The beginning of a prompt that goes on a conversation of another agent. The prompt itself follows. */
export function retell(prompt: string, { name, messages }: Conversation): string {
  const told = dropAsked(prompt, messages).map(({ role, text }) => `${role === "user" ? "User" : name}: ${text}`);
  const what =
    told.length === 0 ? "Nothing of what was said in it is left." : `What was said last in it:\n\n${told.join("\n\n")}`;
  return `This goes on a conversation with ${name}. ${what}\n\nNow:`;
}

function describeFirst({ name, end, undone, keepsWork }: Handing): string {
  const answer = end.kind === "refused" ? undefined : end.answer;
  if (isHeldBack(end.error)) return `${name} was to do this and did not begin: its usage limit is nearly used.`;
  const began = `${name} was given this task first and did not finish it (${end.error.code}).`;
  if (answer === undefined || !answer.hasWorked) return `${began} It has done nothing.`;
  const words = answer.content.trim();
  const said = words === "" ? "" : ` Its last words, which may be wrong:\n${cutText(words, WORDS_CHARACTERS)}`;
  if (undone !== undefined) return `${began} What it had changed was undone.${said}`;
  const where = keepsWork ? "Look at that first, then finish the task." : "You begin without it.";
  return `${began} ${describeChanges(answer)} ${where}${said}`;
}

function describeChanges({ changes, receipt, diffStat }: TurnAnswer): string {
  if (changes.length === 0) return "It is not known to have changed a file.";
  const names = changes.slice(0, MOST_FILES).map(({ kind, path }) => `${kind} ${path}`);
  const more = changes.length > MOST_FILES ? ", …" : "";
  const id = receipt === undefined ? "" : ` (receipt ${receipt}${diffStat === undefined ? "" : `: ${diffStat}`})`;
  return `It changed${id}: ${names.join(", ")}${more}.`;
}

/** The hand-over, for the result. */
export function toHandOver(
  ids: { readonly from: string; readonly to: string },
  { end, undone }: Pick<Handing, "end" | "undone">,
): HandOver {
  const { code, message, threadId, details } = end.error;
  const { resetsAt } = details;
  const answer = end.kind === "refused" ? undefined : end.answer;
  const reason = cutText(message, REASON_CHARACTERS);
  const { receipt, proposal } = answer ?? {};
  const until = code === "USAGE_LIMIT" && typeof resetsAt === "string" ? { resetsAt } : {};
  return { ...ids, ...until, code, reason, threadId, receipt, proposal: proposal?.id, undo: undone?.undoId };
}

/** The error of an agent to which the task could not be handed on; its own words and next step stay. */
export function addReason(error: ErrorReport, reason: string): ErrorReport {
  return { ...error, message: `${error.message} It was not handed on: ${reason}` };
}

/** What was thrown, in sentences. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error) || thrown.name !== "BridgeError") return String(thrown);
  const { code, message, nextStep } = toBridgeError(thrown).report;
  return `[${code}] ${message} ${nextStep}`;
}
