// Routing, context, and what the bridge makes of a turn: receipts, checkpoints, work trees.
import { PRESERVATION_STRATEGIES } from "../../domain/task.ts";
import { DELEGATION_MODES } from "../modes.ts";
import { parseDelegationRules, parseWorktreesDir } from "../parse-settings.ts";
import { oneOf, parseSwitch, wholeNumber } from "../parse-value.ts";
import { row } from "./setting-row.ts";

/** In the order of docs/reference.md. */
export const WORK_ROWS = [
  row(
    "delegationRules",
    "DELEGATION_RULES",
    "the shipped `delegation-rules.json`",
    "Rules file of `route_task`. Changes take effect with the next call.",
    parseDelegationRules,
  ),
  row(
    "maxContextTokens",
    "MAX_CONTEXT_SIZE",
    "`max_tokens` of the rules file",
    "Tokens of the window that a context has to fit into (`context_window.max_tokens`).",
    (value) => (value === undefined ? undefined : wholeNumber(128_000, 1_000, 100_000_000)(value)),
  ),
  row(
    "compressionStrategy",
    "COMPRESSION_STRATEGY",
    "`preservation_strategy` of the rules file",
    "What a cut of a context keeps: `hierarchical` (what matters most), `head_and_tail` or `recent`.",
    (value) => (value === undefined ? undefined : oneOf(PRESERVATION_STRATEGIES, value)),
  ),
  row(
    "delegationMode",
    "DELEGATION_MODE",
    "`manual`",
    "What happens by itself. `manual`: nothing, and `route_task` only decides if the call names no mode. `automatic`: `route_task` has Codex do the task, and the prompt hook tells Claude when a rule sends a prompt to Codex. `suggest`: `route_task` only decides, and the hook leaves the choice to Claude.",
    (value) => (value === undefined ? "manual" : oneOf(DELEGATION_MODES, value)),
  ),
  row(
    "receipts",
    "BRIDGE_RECEIPTS",
    "`1`",
    "`0` compares no files before and after a turn, and keeps no receipts.",
    (value) => (value === undefined ? true : parseSwitch(value)),
  ),
  row(
    "unreadResults",
    "BRIDGE_UNREAD_RESULTS",
    "`1`",
    "`0`: the prompt hook does not tell Claude of ended background jobs whose results nobody has read. The hook reads this and `BRIDGE_STATE_DIR` from the environment of Claude Code.",
    (value) => (value === undefined ? true : parseSwitch(value)),
  ),
  row(
    "checkpoints",
    "BRIDGE_CHECKPOINTS",
    "`1`",
    "`0`: the plugin's hooks save no checkpoint before a compaction or at the end of a session, and offer none. They read this from the environment of Claude Code.",
    (value) => (value === undefined ? true : parseSwitch(value)),
  ),
  row(
    "reviewGate",
    "BRIDGE_REVIEW_GATE",
    "`0`",
    "`1`: when Claude stops, Codex reviews the uncommitted changes, and verified findings of P0 or P1 go back to Claude. The hook reads this from the environment of Claude Code; the plugin's option `review_gate` wins.",
    parseSwitch,
  ),
  row(
    "worktreesDir",
    "BRIDGE_WORKTREES_DIR",
    "`~/.local/share/codex-bridge/worktrees`",
    "Folder for the git worktrees of `isolation`. It must lie outside `BRIDGE_STATE_DIR` and your repositories.",
    parseWorktreesDir,
  ),
  row(
    "worktreeSetup",
    "BRIDGE_WORKTREE_SETUP",
    "none",
    "Command that is run in each new worktree of `isolation`, for what git ignores there, such as `npm ci`. It runs outside Codex's sandbox, for at most 10 minutes, and so does any script of the project that it starts, also one that an earlier turn has changed.",
    (value) => value,
  ),
] as const;
