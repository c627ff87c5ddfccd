// Agents that call agents: how deep and how much, and when a window's use hands over.
import { parseRelayAt } from "../parse-settings.ts";
import { limitOrNone, parseSwitch, wholeNumber } from "../parse-value.ts";
import { row } from "./setting-row.ts";

/** In the order of docs/reference.md. */
export const CHAIN_ROWS = [
  row(
    "maxDepth",
    "BRIDGE_MAX_DEPTH",
    "`2`",
    "How long a chain of agents may get. With 2, Claude may call Codex, and that Codex may not call this bridge again.",
    wholeNumber(2, 1, 10),
  ),
  row(
    "budgetCalls",
    "BRIDGE_BUDGET_CALLS",
    "none",
    "How many turns one chain may have: those of a call, and those of all calls that come of it. Further ones are refused (`BUDGET_EXCEEDED`).",
    limitOrNone(1, 1_000_000),
  ),
  row(
    "budgetTokens",
    "BRIDGE_BUDGET_TOKENS",
    "none",
    "How many tokens, input and output together, the turns of one chain may use. It is checked before each turn, so a turn that runs goes on beyond it.",
    limitOrNone(1, 1_000_000_000_000),
  ),
  row(
    "relayAt",
    "BRIDGE_RELAY_AT",
    "`95`",
    "Percent of a usage limit from which on a call with `failover` is not begun by that agent, but by the next one; `off` waits for the limit itself. A call without `failover` is never passed on.",
    parseRelayAt,
  ),
  row(
    "allowNested",
    "BRIDGE_ALLOW_NESTED",
    "`0`",
    "`1` lets the Codex that the bridge starts use this bridge too, if it is among its MCP servers.",
    parseSwitch,
  ),
] as const;
