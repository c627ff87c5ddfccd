// Next steps for Codex. Those in the table of error codes apply to any agent.
import type { ErrorCode } from "../../../domain/error-codes.ts";
import { ASK_FOR_QUOTA } from "./codex-failures.ts";

/** Next steps by code; undefined if the table's step is good enough. */
export const CODEX_STEPS: Readonly<Partial<Record<ErrorCode, string>>> = {
  AGENT_NOT_FOUND:
    "Ask the user to install the Codex CLI (npm install -g @openai/codex) or to set CODEX_BIN to its path.",
  AGENT_UNAUTHENTICATED: "Ask the user to run `codex login`, or to set the API key that the message names.",
  USAGE_LIMIT: ASK_FOR_QUOTA,
};
