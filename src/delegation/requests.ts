// What the tools ask of delegation, and what they get.
import type { Failure } from "../domain/errors.ts";
import type { JsonValue } from "../domain/json.ts";
import type { SandboxMode, SandboxPolicy } from "../domain/sandbox.ts";
import type { ApprovalPolicy } from "../domain/thread.ts";
import type { TurnReport } from "../domain/turn.ts";

/** What both kinds of turn can be asked with. */
export interface TurnOptions {
  readonly prompt: string;
  readonly model?: string | undefined;
  readonly reasoningEffort?: string | undefined;
  readonly sandbox?: SandboxMode | undefined;
  /** Sandbox of a rule, used where the call names none. It is lowered to the user's limit and to the thread's own sandbox, never refused. */
  readonly sandboxWish?: SandboxMode | undefined;
  /** Paths of images, relative ones to the thread's cwd. */
  readonly images?: readonly string[] | undefined;
  readonly outputSchema?: Readonly<Record<string, unknown>> | undefined;
  /** Ms that the turn may take, once it runs. */
  readonly timeoutMs?: number | undefined;
  /** Ms of silence after which the turn counts as stalled; absent means the bridge's own. */
  readonly silenceMs?: number | undefined;
}

/** A new thread. */
export interface StartRequest extends TurnOptions {
  readonly cwd?: string | undefined;
  readonly approvalPolicy?: ApprovalPolicy | undefined;
  readonly developerInstructions?: string | undefined;
  readonly baseInstructions?: string | undefined;
  readonly compactPrompt?: string | undefined;
  readonly profile?: string | undefined;
  readonly config?: Readonly<Record<string, JsonValue>> | undefined;
  readonly sessionId?: string | undefined;
}

/** A further turn of a thread. */
export interface ReplyRequest extends TurnOptions {
  readonly threadId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly resetSession?: boolean | undefined;
  /** What to do with a thread that is known here and that the agent cannot resume; default `error`. */
  readonly onLostThread?: "error" | "rebuild" | undefined;
  /** Directory of the new thread, for the two ways to get one in the place of this. */
  readonly cwd?: string | undefined;
}

/** A question to the user, who chooses one of a few. */
export interface ChoiceQuestion {
  readonly message: string;
  readonly choices: readonly { readonly id: string; readonly title: string }[];
  /** Ms after which it counts as unanswered. */
  readonly timeoutMs: number;
}

/** What became of a question; `unanswered` also where the form was closed, failed, was answered with something else, or the call was cancelled. */
export type ChoiceAnswer =
  | { readonly kind: "chosen"; readonly id: string }
  | { readonly kind: "declined" }
  | { readonly kind: "unanswered" };

/** The call that a turn runs for. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Says what is going on, one line; shown as progress. */
  readonly report: (message: string) => void;
  /** Called when a turn begins, after it has waited for its place. */
  readonly onTurnStart?: (() => void) | undefined;
  /** Asks the user; undefined where the client cannot. Never throws. */
  readonly askUser?: ((question: ChoiceQuestion) => Promise<ChoiceAnswer>) | undefined;
  /** Paths of the client's directories, the one it works in first; resolves with undefined where it does not say. Undefined where it has none. Never throws. */
  readonly listRoots?: (() => Promise<readonly string[] | undefined>) | undefined;
}

/** What is known of a turn, with what the bridge adds to it. */
export interface TurnAnswer extends TurnReport {
  readonly sessionId: string | undefined;
  /** Directory that it worked in. */
  readonly cwd: string;
  /** Sandbox in force. */
  readonly sandbox: SandboxPolicy;
  /** Permission profile that is in force in its place. */
  readonly profile?: string | undefined;
}

/**
 * How a call that asked for a turn ended: always data, so that nobody has to catch what a turn came to. `refused` means that the call was
 * refused before its turn began (wrong arguments, a busy thread, a limit, a cancelled wait). Every error names the thread that can be
 * continued, where there is one.
 */
export type TurnEnd = {
  /** Epoch ms at which the turn began; undefined where none did. */
  readonly startedAt: number | undefined;
  /** Ms that the call waited before that. */
  readonly waitedMs: number;
} & (
  | { readonly kind: "completed"; readonly answer: TurnAnswer }
  | ({ readonly kind: "failed" | "interrupted"; readonly answer: TurnAnswer } & Failure)
  | ({ readonly kind: "refused" } & Failure)
);
