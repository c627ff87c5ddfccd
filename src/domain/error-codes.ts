// The one table of error codes: who can fix an error, whether a retry helps, whether it counts as a failure, what to do next.

/** Who can fix an error: the caller's arguments, the user's machine or account, the agent's turn, or this program. */
export type ErrorFault = "caller" | "environment" | "agent" | "bridge";

/** Traits of an error code. */
export interface ErrorTraits {
  readonly fault: ErrorFault;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
  /** Whether it counts as one of the two failures that escalate a task. */
  readonly countsAsFailure: boolean;
  /** The next step, for the model and the user, one or two sentences. */
  readonly nextStep: string;
}

function traits(fault: ErrorFault, retryable: boolean, nextStep: string): ErrorTraits {
  return { fault, retryable, countsAsFailure: fault === "agent", nextStep };
}

/** Every error code with its traits; everything else reads this table. */
export const ERROR_TRAITS = {
  INVALID_ARGUMENT: traits("caller", false, "Correct the argument and call again."),
  SESSION_NOT_FOUND: traits(
    "caller",
    false,
    "Use a sessionId or threadId that an earlier result returned, or start a new thread with codex.",
  ),
  THREAD_NOT_FOUND: traits("caller", false, "Start a new thread with codex and put the needed context in its prompt."),
  THREAD_BROKEN: traits(
    "environment",
    false,
    'Call codex-reply again with onLostThread: "rebuild" to go on in a new thread with what is left of this one, or start a new one with codex.',
  ),
  SESSION_BUSY: traits(
    "caller",
    true,
    "Close the thread in the program that has it open, or wait until it is free. Then call again.",
  ),
  JOB_NOT_FOUND: traits(
    "caller",
    false,
    'Use a jobId from agent_job with action "list". Results are kept for some days only.',
  ),
  RECEIPT_NOT_FOUND: traits(
    "caller",
    false,
    "Use an id from `receipts` of a result of this project. Receipts are kept for 30 days.",
  ),
  REVIEW_NOT_FOUND: traits(
    "caller",
    false,
    "Use the `review` of a result of codex-review in this project. Reviews are kept for 30 days.",
  ),
  STEP_OUT_OF_ORDER: traits(
    "caller",
    false,
    "Take a step that is open, or look with action status where the session stands.",
  ),
  CHECKPOINT_NOT_FOUND: traits(
    "caller",
    false,
    "Use a session id from `codex-bridge checkpoint list`, or leave sessionId out for the newest. save_checkpoint makes one.",
  ),
  CHECKPOINT_FAILED: traits(
    "environment",
    false,
    "Ask the user to look at the folder .claude-context of the project: it must be a folder that this user can write.",
  ),
  UNDO_CONFLICT: traits(
    "caller",
    false,
    "Look at the files named, and keep what is worth keeping. Then call again with their paths in force.",
  ),
  UNDO_IMPOSSIBLE: traits(
    "caller",
    false,
    "Change the files back yourself; in a git repository, `git diff` shows what is different.",
  ),
  PROPOSAL_NOT_FOUND: traits(
    "caller",
    false,
    "Use the id from `proposal` of a result of this project, of a proposal that was neither landed nor discarded.",
  ),
  LAND_CONFLICT: traits(
    "caller",
    false,
    "Look at the files named. Have codex-reply bring the proposal up to date, or change the files yourself, then call codex-land again.",
  ),
  ISOLATION_FAILED: traits(
    "environment",
    false,
    "Ask the user to correct what the error names, or leave `isolation` out. No turn has run.",
  ),
  GIT_FAILED: traits(
    "environment",
    false,
    "Ask the user to look at the repository (`git status`, `git fsck`) and to correct what the error names. Then call again.",
  ),
  JOB_RUNNING: traits("caller", true, 'Wait for it with agent_job, action "wait".'),
  JOB_ENDED: traits("caller", false, 'Fetch its result with agent_job, action "result".'),
  QUESTION_CLOSED: traits(
    "caller",
    false,
    'Call agent_job with action "status". It shows the open question, if there is one.',
  ),
  WAIT_TIMED_OUT: traits(
    "caller",
    true,
    "Call again when another turn has ended, or with a larger timeoutMs. The user can also raise BRIDGE_MAX_TURNS.",
  ),
  STOPPED_BY_USER: traits("caller", false, "Do no more work on this task unless the user asks for it."),
  CANCELLED: traits(
    "caller",
    false,
    "There is nothing to do. If the work is still wanted, continue the thread with codex-reply; without an id, codex-reply lists the newest threads.",
  ),
  JOB_INTERRUPTED: traits(
    "environment",
    true,
    "Continue the thread with the reply tool of its agent if a threadId is given; otherwise make the first call again. Files may have changed already.",
  ),
  APPROVAL_DENIED: traits("caller", false, "Ask the user, or choose another way that needs no approval."),
  DEPTH_EXCEEDED: traits(
    "caller",
    false,
    "Do the work yourself, or end with what you have so far: the agent at the beginning of the chain can pass it on as an argument of its next call. The user can raise BRIDGE_MAX_DEPTH.",
  ),
  CHAIN_UNKNOWN: traits(
    "environment",
    false,
    "End with what you have so far: the agent at the beginning of the chain can pass it on as an argument of its next call.",
  ),
  CHAIN_ENDED: traits(
    "caller",
    false,
    "End with what you have so far. The agent at the beginning of the chain can call again, with a larger timeoutMs.",
  ),
  BUDGET_EXCEEDED: traits(
    "caller",
    false,
    "End with what you have so far, or do the rest yourself. The user can raise BRIDGE_BUDGET_CALLS or BRIDGE_BUDGET_TOKENS.",
  ),
  PROMPT_REPEATED: traits(
    "caller",
    false,
    "Do not send it again. Say what is still missing in a new prompt, with the answers so far in it, or end with what you have.",
  ),
  SANDBOX_WIDENING: traits(
    "caller",
    false,
    "Continue within the thread's sandbox, or start a new thread with codex and the sandbox it needs.",
  ),
  SANDBOX_DENIED: traits(
    "caller",
    false,
    "Use a narrower sandbox or another directory. Only the user can change this limit.",
  ),
  CONFIG_DENIED: traits("caller", false, "Leave the key out. The user can allow it by name in BRIDGE_ALLOW_CONFIG."),
  CONFIG_INVALID: traits("environment", false, "Ask the user to correct the setting or file that the error names."),
  RULES_INVALID: traits(
    "environment",
    false,
    "Ask the user to correct the rules file on the line that the error names.",
  ),
  AGENT_NOT_FOUND: traits(
    "environment",
    false,
    "Ask the user to install the agent's CLI, or to tell the bridge where it is.",
  ),
  AGENT_BROKEN: traits(
    "environment",
    false,
    "Ask the user to run `codex-bridge doctor`, which says what is wrong with the agent's CLI. Nothing was done yet.",
  ),
  AGENT_NOT_ANSWERING: traits(
    "environment",
    true,
    "Call again when the machine is less busy. If that does not help, ask the user to run `codex-bridge doctor`.",
  ),
  AGENT_UNSUPPORTED: traits(
    "environment",
    false,
    "Leave this argument out, or ask the user to install another version of the agent's CLI.",
  ),
  SANDBOX_UNAVAILABLE: traits(
    "environment",
    false,
    "Ask the user to run `codex-bridge doctor`, which says what the machine lacks. Only the user can decide to run without a sandbox.",
  ),
  SANDBOX_NOT_HELD: traits(
    "environment",
    false,
    "Stop delegating: the agent's CLI does not keep to its sandbox. Ask the user to run `codex-bridge doctor` and to install another version of the CLI. Files may have changed.",
  ),
  AGENT_UNAUTHENTICATED: traits(
    "environment",
    false,
    "Ask the user to log in with the agent's CLI, or to set the API key that the message names.",
  ),
  MACHINE_LIMIT: traits(
    "environment",
    true,
    "Make fewer calls at once, or ask the user to free what has run out on this machine (the error names it). Then call again.",
  ),
  MEMORY_UNAVAILABLE: traits(
    "environment",
    false,
    "Ask the user to correct what the error names. Go on without the memory meanwhile.",
  ),
  MEMORY_BUSY: traits("environment", true, "Call again in a moment. Nothing was stored."),
  NOT_A_GIT_REPO: traits(
    "environment",
    false,
    "Use a directory inside a git repository, or ask the user to unset BRIDGE_REQUIRE_GIT.",
  ),
  USAGE_LIMIT: traits(
    "environment",
    false,
    "Wait until the time that the error names, or ask the user to check the account's plan and credits. Do the work yourself meanwhile.",
  ),
  RATE_LIMITED: traits("environment", true, "Wait a minute, then continue the thread with codex-reply."),
  MODEL_OVERLOADED: traits("environment", true, "Try again in a few minutes, or name another model."),
  MODEL_NOT_FOUND: traits("environment", false, "Name a model that this account has, or leave `model` out."),
  NETWORK: traits(
    "environment",
    true,
    "Check the network and the provider's base URL, then continue the thread with codex-reply.",
  ),
  TURN_FAILED: traits("agent", false, "Read the reason, change the prompt, then continue the thread with codex-reply."),
  TURN_TIMED_OUT: traits(
    "agent",
    true,
    "Continue the thread with codex-reply, with a smaller step or a larger timeoutMs. Files may have changed already.",
  ),
  TURN_STALLED: traits(
    "agent",
    true,
    "Continue the thread with codex-reply, or start a new one. Files may have changed already.",
  ),
  CONTEXT_OVERFLOW: traits("agent", false, "Start a new thread with codex and give it only the context that it needs."),
  INVALID_OUTPUT: traits("agent", true, "Continue the thread with codex-reply and say what the answer must look like."),
  CHECK_FAILED: traits(
    "agent",
    false,
    "Read the check's output, then continue the thread with codex-reply and say what is wrong. Its files are as the turn left them.",
  ),
  AGENT_EXITED: traits(
    "agent",
    true,
    "Continue the thread with codex-reply if a threadId is given; otherwise call codex again.",
  ),
  THREAD_ID_MISSING: traits(
    "bridge",
    false,
    "The answer is complete, but the thread cannot be continued. Start a new one for more work.",
  ),
  PROTOCOL_ERROR: traits(
    "bridge",
    false,
    "Report this together with the bridge's log. Another version of the agent's CLI may work.",
  ),
  INTERNAL: traits("bridge", false, "Report this together with the bridge's log."),
} as const satisfies Record<string, ErrorTraits>;

/** A code of the table. */
export type ErrorCode = keyof typeof ERROR_TRAITS;

/** Codes that were renamed, old to new. Files of older bridges still hold the old ones. */
const RENAMED: ReadonlyMap<string, ErrorCode> = new Map([
  ["CODEX_NOT_FOUND", "AGENT_NOT_FOUND"],
  ["CODEX_BROKEN", "AGENT_BROKEN"],
  ["CODEX_NOT_ANSWERING", "AGENT_NOT_ANSWERING"],
  ["CODEX_UNSUPPORTED", "AGENT_UNSUPPORTED"],
  ["CODEX_UNAUTHENTICATED", "AGENT_UNAUTHENTICATED"],
  ["CODEX_EXITED", "AGENT_EXITED"],
]);

/** A code that was read from a file, by the name that it has today. */
export function toCurrentCode(code: string): string {
  return RENAMED.get(code) ?? code;
}

/** The words of the rules file for errors that count toward escalation, and the codes they mean. */
export const ERROR_TYPES = {
  timeout: ["TURN_TIMED_OUT", "TURN_STALLED"],
  invalid_output: ["INVALID_OUTPUT", "CHECK_FAILED"],
  check_failed: ["CHECK_FAILED"],
  context_overflow: ["CONTEXT_OVERFLOW"],
  crash: ["AGENT_EXITED"],
  turn_failed: ["TURN_FAILED"],
  rate_limit: ["RATE_LIMITED", "USAGE_LIMIT"],
  overloaded: ["MODEL_OVERLOADED"],
  network: ["NETWORK"],
} as const satisfies Record<string, readonly ErrorCode[]>;
