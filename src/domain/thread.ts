// The frame of a thread: everything that must hold for each of its turns, whoever asks for the next one.
import type { AgentId } from "./agents.ts";
import type { ChainLink } from "./chain.ts";
import type { JsonValue } from "./json.ts";
import type { HeldProfile } from "./permissions.ts";
import type { SandboxMode, SandboxPolicy } from "./sandbox.ts";

/** Codex's approval policies. */
export const APPROVAL_POLICIES = ["untrusted", "on-failure", "on-request", "never"] as const;

/** One of Codex's approval policies. */
export type ApprovalPolicy = (typeof APPROVAL_POLICIES)[number];

/** A part of a frame in a backend's own words; stored as it is. */
export type OwnPart = Readonly<Record<string, JsonValue>>;

/** What holds for every turn of a thread. */
export interface ThreadFrame {
  /** Absolute working directory. */
  readonly cwd: string;
  /** What the thread may do at most; where `permissions` names a profile, that says it more exactly. */
  readonly sandbox: SandboxPolicy;
  /** The user's permission profile that every turn is given in place of a sandbox mode. */
  readonly permissions?: HeldProfile | undefined;
  /** The policy that was asked for; a backend that cannot ask runs it as `never`. */
  readonly approvalPolicy: ApprovalPolicy;
  /** Model, where one was named. */
  readonly model?: string | undefined;
  /** Reasoning effort, where one was named. */
  readonly reasoningEffort?: string | undefined;
  readonly developerInstructions?: string | undefined;
  /** What only the thread's backend reads. */
  readonly own: OwnPart;
  /** Name of the backend that the thread belongs to. */
  readonly backend: string;
}

/** A message of a thread. */
export interface ThreadMessage {
  readonly role: "user" | "assistant";
  readonly text: string;
}

/** Tokens of one turn, or of a whole thread where said so. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningOutputTokens: number;
}

/** A thread of another agent, with which the work of a thread came or went. */
export interface OtherThread {
  readonly agent: AgentId;
  /** Undefined where that agent had not begun one. */
  readonly threadId?: string | undefined;
  /** When that agent's usage limit is reset, epoch ms, if the work went on elsewhere for it. */
  readonly resetsAt?: number | undefined;
}

/** Our record of a thread. */
export interface ThreadRecord {
  readonly threadId: string;
  /** The caller's own name for it. */
  readonly sessionId?: string | undefined;
  /** Directory of the bridge that named it: names are kept apart by project. */
  readonly project: string;
  readonly frame: ThreadFrame;
  /** First words of its first prompt, one line without secrets; older records have none. */
  readonly title?: string | undefined;
  /**
   * End of the newest turn that had to be read-only although the thread is not, epoch ms; while that turn runs, its latest possible end.
   * A turn of this time or before says nothing about what the thread was narrowed to.
   */
  readonly askedUntil?: number | undefined;
  /**
   * Whether a turn ran with more than `frame` gives, by a person's consent for that turn alone, and no later one is known to have run within
   * `frame`. The agent's own file of the thread then shows too wide a sandbox, so this record has to stay.
   */
  readonly wasWidened?: boolean | undefined;
  /** What the agent is told before its next prompt, such as that files of its turn were put back. */
  readonly notice?: string | undefined;
  /** The thread from which another agent's work came here, which was to do it first. */
  readonly cameFrom?: OtherThread | undefined;
  /** The thread in which another agent went on with the work since the newest turn. */
  readonly wentTo?: OtherThread | undefined;
  /** Where its newest turn stands in a chain of agents. It counts while the turn runs. */
  readonly chain?: ChainLink | undefined;
  /** Turns that were started on it. */
  readonly turns: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms. */
  readonly lastUsedAt: number;
}

/** What the user lets callers ask for. */
export interface ThreadLimits {
  /** Widest sandbox; undefined means the wider of `workspace-write` and the user's own mode. */
  readonly maxSandbox: SandboxMode | undefined;
  /** Absolute directories that cwd and writable roots must lie in; empty means no limit. */
  readonly roots: readonly string[];
}
