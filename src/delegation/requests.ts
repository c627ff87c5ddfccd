// The requests of the tools to delegation, and its answers.
import type { HandoffReport, HandStrategy } from "../context/shape-items.ts";
import type { Caller } from "../domain/caller.ts";
import type { Failure } from "../domain/errors.ts";
import type { JsonValue } from "../domain/json.ts";
import type { FieldValue, InputField } from "../domain/questions.ts";
import type { SandboxMode, SandboxPolicy } from "../domain/sandbox.ts";
import type { ApprovalPolicy } from "../domain/thread.ts";
import type { TurnReport, UntoldPart } from "../domain/turn.ts";
import type { Expectation } from "../validation/expectation.ts";

/** Files that carry work from one agent to the next. Relative paths start at the thread's cwd. */
export interface HandoffFiles {
  /** File of the project whose text goes along with the task. */
  readonly read?: string | undefined;
  /** File below the thread's cwd that the turn is to write. */
  readonly write?: string | undefined;
  /** Directory that `read` starts at, where that is not the thread's. */
  readonly from?: string | undefined;
  /** How a long text of `read` is cut. Default: `full`, which cuts only what does not fit into the window. */
  readonly strategy?: HandStrategy | undefined;
}

/** What became of them. */
export interface HandedFiles {
  /** How much of `read` went along. */
  readonly report?: HandoffReport | undefined;
  readonly read?: { readonly path: string; readonly bytes: number } | undefined;
  /** Only where the turn has written it. `rewritten`: with the content that it had. `head`: how it begins, without secrets. */
  readonly write?:
    | {
        readonly path: string;
        readonly bytes: number;
        readonly state: "new" | "changed" | "rewritten";
        readonly head?: string | undefined;
      }
    | undefined;
}

/** Fields of both kinds of turn. */
export interface TurnOptions {
  readonly prompt: string;
  readonly model?: string | undefined;
  readonly reasoningEffort?: string | undefined;
  readonly sandbox?: SandboxMode | undefined;
  /** Sandbox of a rule, used where the call names none. It is lowered to the user's limit and to the thread's own sandbox, never refused. */
  readonly sandboxWish?: SandboxMode | undefined;
  /** Sandbox that the new thread's must not be wider than: that of another agent, whose task it takes over. */
  readonly within?: SandboxPolicy | undefined;
  /** Whether the turn must change nothing. It then runs read-only whatever the thread allows, and the thread keeps its frame. */
  readonly readsOnly?: boolean | undefined;
  /** Whether the agent must not see the shared memory: what earlier agents wrote could sway it. */
  readonly withoutMemory?: boolean | undefined;
  /**
   * Path of the file that the bridge writes the final message to. A relative path starts at the thread's cwd; in a worktree of the bridge's own, at the
   * directory that it was made from.
   */
  readonly outputFile?: string | undefined;
  /** Whether `outputFile` may replace a file. Default: no. */
  readonly overwrite?: boolean | undefined;
  readonly handoff?: HandoffFiles | undefined;
  /** Paths of images. A relative path starts at the thread's cwd. Where the bridge's own worktree has no such file, the path starts in the tree that the worktree was made from. */
  readonly images?: readonly string[] | undefined;
  /**
   * Whether relative paths of what is read (`images`, `handoff.read`) start in the tree that the thread's worktree was made from, though the worktree has
   * such a file too: the call was made for that tree, and agents have worked in the worktree since.
   */
  readonly readsOrigin?: boolean | undefined;
  /** Commits what the turn changed, once it has completed: with this message, or with true one of the agent's. */
  readonly commit?: string | boolean | undefined;
  readonly outputSchema?: Readonly<Record<string, unknown>> | undefined;
  /** Shell command that is run in the turn's sandbox once the turn has completed. */
  readonly check?: string | undefined;
  /** What the final message must fit: a regular expression or a JSON Schema. The bridge checks it, and has a misfit corrected once. */
  readonly expect?: Expectation | undefined;
  /** Time limit in ms from the start of the turn, a correction included. */
  readonly timeoutMs?: number | undefined;
  /** Whether another agent can take the turn, so that it is not begun where the account's usage limit is nearly used. */
  readonly mayRelay?: boolean | undefined;
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
  /** `worktree`: the thread works in a git worktree of its own, and what it changes is proposed. */
  readonly isolation?: "worktree" | undefined;
  /** What the attempts at one task have in common, so that their proposals are known to belong together. */
  readonly attemptSet?: string | undefined;
}

/** Another turn of a thread. */
export interface ReplyRequest extends TurnOptions {
  readonly threadId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly resetSession?: boolean | undefined;
  /** What to do if the agent cannot resume a thread that is known here. Default: `error`. */
  readonly onLostThread?: "error" | "rebuild" | undefined;
  /** Directory of the new thread, for the two ways to replace this one. */
  readonly cwd?: string | undefined;
}

/** A question to the user: a few answers to choose from, or fields to fill in. */
export interface ChoiceQuestion {
  readonly message: string;
  /** Empty if there are fields. */
  readonly choices: readonly { readonly id: string; readonly title: string }[];
  readonly fields?: readonly InputField[] | undefined;
  /** Ms after which it counts as unanswered. */
  readonly timeoutMs: number;
  /** `input`: information for the agent, which a model may give too. Default: `decision`, which only a person may take. */
  readonly kind?: "input" | "decision" | undefined;
}

/**
 * The result of a question. `unanswered` also means that the form was closed, failed or was answered with something else, or that the call was
 * cancelled or the question withdrawn.
 */
export type ChoiceAnswer =
  | { readonly kind: "chosen"; readonly id: string }
  /** Only to a question with fields, whose types the values have. */
  | { readonly kind: "filled"; readonly values: Readonly<Record<string, FieldValue>> }
  | { readonly kind: "declined" }
  | { readonly kind: "unanswered" };

/** Asks the user. The signal withdraws the question: nobody waits for the answer any more. Never rejects. */
export type AskUser = (question: ChoiceQuestion, signal?: AbortSignal) => Promise<ChoiceAnswer>;

/** What the turns of one call share in their chain of agents. The first turn fills it. */
export interface CallChain {
  /** Id of the chain that the call begins. */
  id: string | undefined;
  /** Keys of the prompts that the call has sent: several turns with one prompt are no repetition. */
  readonly prompts: Set<string>;
}

/** The call that a turn runs for. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Reports what is going on, in one line, as progress. */
  readonly report: (message: string) => void;
  /** Whether the client asked for progress, so that a long wait is no silence. */
  readonly canReport: boolean;
  /** Whether the client declared MCP tasks with this request: it takes a handle for an answer, and fetches the result later. */
  readonly canTask: boolean;
  /** The agent that calls; undefined where a person's client does. No turn of the call gets more than it has. */
  readonly caller?: Caller | undefined;
  /** What its turns share in their chain of agents. Without it, each turn is a chain of its own. */
  readonly chain?: CallChain | undefined;
  /** Called when a turn begins, after it has waited for a slot. */
  readonly onTurnStart?: (() => void) | undefined;
  /** Called with a way to give the turn further input while it runs. It says whether the agent has got the input. Never rejects. */
  readonly onSteerable?: ((steer: (text: string) => Promise<boolean>) => void) | undefined;
  /** Called when a turn has got messages that were left for its thread. */
  readonly onMessages?: (() => void) | undefined;
  /** Called when the thread of a turn is known, before the agent does anything. */
  readonly onThread?: ((threadId: string) => void) | undefined;
  /** The same for a call that works in several threads, none of which is the one to continue. `number` is that of the prompt, from 1. */
  readonly onBatchThread?: ((number: number, threadId: string) => void) | undefined;
  /** Whether the call goes on as a job: nobody is blocked by it, so it waits for its slot as long as it takes. */
  readonly isDetached?: (() => boolean) | undefined;
  /** Gives the inputs that came in for a job since the last time, oldest first. Each is given once. */
  readonly takeSteers?: (() => readonly string[]) | undefined;
  /** Asks the user; undefined if the client cannot. Never throws. */
  readonly askUser?: AskUser | undefined;
  /**
   * Paths of the client's directories, the one it works in first; undefined if the client has none. Resolves with undefined if it does not answer.
   * Never throws.
   */
  readonly listRoots?: (() => Promise<readonly string[] | undefined>) | undefined;
}

/** The report of a turn, with what the bridge adds to it. */
export interface TurnAnswer extends TurnReport {
  readonly sessionId: string | undefined;
  /** Directory that it worked in. */
  readonly cwd: string;
  /** Sandbox in force. */
  readonly sandbox: SandboxPolicy;
  /** Policy of the thread: when a person is asked. */
  readonly approvalPolicy?: ApprovalPolicy | undefined;
  /** Permission profile in force instead of a sandbox mode. */
  readonly profile?: string | undefined;
  /** File that the bridge has written the message to, and its size. */
  readonly outputFile?: { readonly path: string; readonly bytes: number } | undefined;
  /** What became of the files of its hand-off. */
  readonly handoff?: HandedFiles | undefined;
  /** Whether the message was asked for as JSON, by outputSchema or `expect`. */
  readonly isJson?: boolean | undefined;
  /** Receipts of the turns of this call before the last, oldest first. */
  readonly earlierReceipts?: readonly { readonly id: string; readonly diffStat?: string | undefined }[] | undefined;
  /** What it lacks because the agent's protocol does not tell it. */
  readonly untold?: readonly UntoldPart[] | undefined;
  /** The newest final message that does not fit `expect`, and why; only where the call ends without one that fits. */
  readonly unfit?: { readonly content: string; readonly reason: string } | undefined;
  /** The final message of a turn that had completed before a cancel ended a later one of the same call. */
  readonly answered?: string | undefined;
}

/**
 * The end of a call that asked for a turn. It is always data, so that no caller has to catch the result of a turn. `refused` means that the
 * call was refused before its turn began (wrong arguments, a busy thread, a limit, a cancelled wait). Every error names the thread that
 * can be continued, if there is one.
 */
export type TurnEnd = {
  /** When the turn began, epoch ms; undefined if none did. */
  readonly startedAt: number | undefined;
  /** Ms that the call waited before that. */
  readonly waitedMs: number;
} & (
  | { readonly kind: "completed"; readonly answer: TurnAnswer }
  | ({ readonly kind: "failed" | "interrupted"; readonly answer: TurnAnswer } & Failure)
  | ({ readonly kind: "refused" } & Failure)
);
